/* A disk that fails on command, for a daemon that is linked dynamically (LD_PRELOAD).
 *
 * FAULTY_DISK names a folder and FAULTY_DISK_ORDER a file. While that file holds a word, calls on files below the folder do as it says:
 *
 *     write N   writes end with the error number N
 *     sync N    syncs end with it, and what was written may or may not be there
 *     slow MS   syncs take so many milliseconds
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static int is_below(int fd) {
  const char* folder = getenv("FAULTY_DISK");
  char link[64], path[4096];
  if (folder == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

/* The number that the order gives to `word`; 0: it says nothing of it. */
static long order(int fd, const char* word) {
  const char* file = getenv("FAULTY_DISK_ORDER");
  char text[32] = {0}, verb[16];
  long number = 0;
  if (file == NULL || !is_below(fd)) return 0;
  int from = open(file, O_RDONLY | O_CLOEXEC);
  if (from < 0) return 0;
  ssize_t length = read(from, text, sizeof text - 1);
  close(from);
  if (length <= 0 || sscanf(text, "%15s %ld", verb, &number) != 2) return 0;
  return strcmp(verb, word) == 0 ? number : 0;
}

static int fails(int fd, const char* word) {
  long number = order(fd, word);
  if (number == 0) return 0;
  errno = (int)number;
  return 1;
}

static void wait_for_medium(int fd) {
  long milliseconds = order(fd, "slow");
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  if (milliseconds > 0) nanosleep(&time, NULL);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) {
  return fails(fd, "write") ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) {
  return fails(fd, "write") ? -1 : REAL(pwrite)(fd, bytes, count, at);
}
ssize_t write(int fd, const void* bytes, size_t count) {
  return fails(fd, "write") ? -1 : REAL(write)(fd, bytes, count);
}
int ftruncate64(int fd, off64_t size) { return fails(fd, "write") ? -1 : REAL(ftruncate64)(fd, size); }
int fsync(int fd) {
  wait_for_medium(fd);
  return fails(fd, "sync") ? -1 : REAL(fsync)(fd);
}
int fdatasync(int fd) {
  wait_for_medium(fd);
  return fails(fd, "sync") ? -1 : REAL(fdatasync)(fd);
}
