/* glibc's name service would load shared libraries into a static binary, of whatever libc the board has, and die
 * (BOARDS.md, trap 2). libuv and c-ares refer to it in functions we never call. Here it is absent in every preset, so
 * that a call shows in the tests and not on a board: names of hosts are c-ares' business, a task's user is looked up
 * in the task's own /etc/passwd. */
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>

int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints,
                struct addrinfo** result) {
  (void)node, (void)service, (void)hints, (void)result;
  return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo* result) { (void)result; }

int getnameinfo(const struct sockaddr* address, socklen_t size, char* host, socklen_t host_size, char* service,
                socklen_t service_size, int flags) {
  (void)address, (void)size, (void)host, (void)host_size, (void)service, (void)service_size, (void)flags;
  return EAI_FAIL;
}

struct servent* getservbyport(int port, const char* protocol) {
  (void)port, (void)protocol;
  return 0;
}

int getpwuid_r(uid_t user, struct passwd* entry, char* buffer, size_t size, struct passwd** result) {
  (void)user, (void)entry, (void)buffer, (void)size;
  *result = 0;
  return ENOSYS;
}

int getgrgid_r(gid_t group, struct group* entry, char* buffer, size_t size, struct group** result) {
  (void)group, (void)entry, (void)buffer, (void)size;
  *result = 0;
  return ENOSYS;
}
