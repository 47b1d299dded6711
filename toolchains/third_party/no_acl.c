/* Access control lists of tar archives are read away: layers keep none, and libarchive compares each entry of a list
 * with all earlier ones, so that one extended header of a megabyte takes half a minute (tests/unit/growth). Stands for
 * archive_acl_from_text_l() in the reader of tar, and says ARCHIVE_OK. */
struct archive_acl;
struct archive_string_conv;
int es_archive_no_acl(struct archive_acl* acl, const char* text, int type, struct archive_string_conv* conversion);

int es_archive_no_acl(struct archive_acl* acl, const char* text, int type, struct archive_string_conv* conversion) {
  (void)acl, (void)text, (void)type, (void)conversion;
  return 0;
}
