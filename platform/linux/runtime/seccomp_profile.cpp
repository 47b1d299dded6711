#include "platform/linux/runtime/seccomp_profile.h"

#include <algorithm>

namespace es::runtime {

namespace {

// Names that a machine does not have are skipped by the runtime. Sorted within a line of what
// belongs together.
constexpr std::string_view kAllowed =
    // files
    "access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 "
    "faccessat faccessat2 "
    "fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat "
    "fcntl fcntl64 fdatasync "
    "fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 "
    "fsync ftruncate "
    "ftruncate64 futimesat getcwd getdents getdents64 getxattr inotify_add_watch inotify_init "
    "inotify_init1 "
    "inotify_rm_watch ioctl lchown lchown32 lgetxattr link linkat listxattr llistxattr _llseek "
    "lremovexattr lseek "
    "lsetxattr lstat lstat64 memfd_create mkdir mkdirat mknod mknodat name_to_handle_at newfstatat "
    "open openat openat2 "
    "pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv "
    "removexattr rename "
    "renameat renameat2 rmdir sendfile sendfile64 setxattr splice stat stat64 statfs statfs64 "
    "statx symlink symlinkat "
    "sync sync_file_range sync_file_range2 arm_sync_file_range syncfs tee truncate truncate64 "
    "umask unlink unlinkat "
    "utime utimensat utimensat_time64 utimes vmsplice write writev cachestat fanotify_mark "
    // memory
    "brk get_mempolicy_home_node madvise map_shadow_stack membarrier memfd_secret mincore mlock "
    "mlock2 mlockall mmap "
    "mmap2 mprotect mremap msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect "
    "process_madvise "
    "process_mrelease remap_file_pages set_mempolicy_home_node mseal "
    // processes and identity
    "alarm capget capset execve execveat exit exit_group fork getegid getegid32 geteuid geteuid32 "
    "getgid getgid32 "
    "getgroups getgroups32 getpgid getpgrp getpid getppid getpriority getresgid getresgid32 "
    "getresuid getresuid32 "
    "getrlimit getrusage getsid gettid getuid getuid32 ioprio_get ioprio_set kill "
    "landlock_add_rule "
    "landlock_create_ruleset landlock_restrict_self pidfd_open pidfd_send_signal prctl prlimit64 "
    "ptrace "
    "process_vm_readv process_vm_writev rseq sched_get_priority_max sched_get_priority_min "
    "sched_getaffinity "
    "sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
    "sched_rr_get_interval_time64 "
    "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp "
    "set_robust_list "
    "get_robust_list set_thread_area get_thread_area set_tid_address setfsgid setfsgid32 setfsuid "
    "setfsuid32 setgid "
    "setgid32 setgroups setgroups32 setitimer getitimer setpgid setpriority setregid setregid32 "
    "setresgid setresgid32 "
    "setresuid setresuid32 setreuid setreuid32 setrlimit setsid setuid setuid32 sysinfo tgkill "
    "times tkill ugetrlimit "
    "uname vfork wait4 waitid waitpid arch_prctl modify_ldt set_tls cacheflush breakpoint "
    // signals, time and waiting
    "clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep "
    "clock_nanosleep_time64 adjtimex epoll_create epoll_create1 epoll_ctl epoll_ctl_old "
    "epoll_pwait epoll_pwait2 "
    "epoll_wait epoll_wait_old eventfd eventfd2 futex futex_requeue futex_time64 futex_wait "
    "futex_waitv futex_wake "
    "getcpu getrandom gettimeofday nanosleep pause poll ppoll ppoll_time64 pselect6 "
    "pselect6_time64 restart_syscall "
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
    "rt_sigtimedwait "
    "rt_sigtimedwait_time64 rt_tgsigqueueinfo select _newselect sigaltstack signal signalfd "
    "signalfd4 sigpending "
    "sigprocmask sigreturn sigaction sigsuspend time timer_create timer_delete timer_getoverrun "
    "timer_gettime "
    "timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
    "timerfd_gettime64 timerfd_settime "
    "timerfd_settime64 io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 "
    "io_setup io_submit "
    // between processes
    "accept accept4 bind connect getpeername getsockname getsockopt ipc listen mq_getsetattr "
    "mq_notify mq_open "
    "mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl "
    "msgget msgrcv msgsnd pipe "
    "pipe2 recv recvfrom recvmmsg recvmmsg_time64 recvmsg semctl semget semop semtimedop "
    "semtimedop_time64 send sendmmsg "
    "sendmsg sendto setsockopt shmat shmctl shmdt shmget shutdown socketcall socketpair";

// What Docker refuses with "operation not permitted". Everything else gets "function not
// implemented", which is what the C libraries expect from a call that is newer than this list.
constexpr std::string_view kRefused =
    "acct add_key bpf chroot clock_settime clock_settime64 create_module delete_module "
    "fanotify_init finit_module fsconfig "
    "fsmount fsopen fspick get_kernel_syms get_mempolicy init_module io_uring_enter "
    "io_uring_register io_uring_setup "
    "ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind migrate_pages mount "
    "mount_setattr "
    "move_mount move_pages nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd "
    "pivot_root query_module "
    "quotactl quotactl_fd reboot request_key set_mempolicy setdomainname sethostname setns "
    "settimeofday stime swapoff "
    "swapon syslog _sysctl sysfs umount umount2 unshare uselib userfaultfd ustat vhangup vm86 "
    "vm86old";

struct Widening {
  std::string_view capability;
  std::string_view allowed;
};
constexpr Widening kWidenings[] = {
    {"CAP_BPF", "bpf"},
    {"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
    {"CAP_PERFMON", "perf_event_open"},
    {"CAP_SYS_ADMIN",
     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
     "mount_setattr move_mount "
     "open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount "
     "umount2 unshare"},
    {"CAP_SYS_BOOT", "reboot"},
    {"CAP_SYS_CHROOT", "chroot"},
    {"CAP_SYS_MODULE", "delete_module finit_module init_module"},
    {"CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy"},
    {"CAP_SYS_PACCT", "acct"},
    {"CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"},
    {"CAP_SYS_RAWIO", "iopl ioperm"},
    {"CAP_SYS_TIME", "clock_settime clock_settime64 settimeofday stime"},
    {"CAP_SYS_TTY_CONFIG", "vhangup"},
    {"CAP_SYSLOG", "syslog"},
};

constexpr int64_t kEperm = 1;
constexpr int64_t kEnosys = 38;
constexpr int64_t kCloneNewNamespaces = 0x7E020000;  // every CLONE_NEW… flag
constexpr int64_t kVsockFamily = 40;

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

template <class Names>
void begin_rule(JsonWriter& out, const Names& names, bool allow, int64_t error = kEperm) {
  out.begin_object();
  out.member_texts("names", names);
  out.member("action", allow ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO");
  if (!allow) out.member("errnoRet", error);
}

void allow_if(JsonWriter& out, std::string_view name, int64_t index, int64_t value,
              const char* operation, std::optional<int64_t> value_two = std::nullopt) {
  begin_rule(out, std::vector{name}, true);
  out.key("args");
  out.begin_array();
  out.begin_object();
  out.member("index", index);
  out.member("value", value);
  if (value_two) out.member("valueTwo", *value_two);
  out.member("op", operation);
  out.end_object();
  out.end_array();
  out.end_object();
}

std::vector<std::string_view> architectures(std::string_view machine) {
  if (machine == "x86_64") return {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"};
  if (machine == "aarch64") return {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
  return {"SCMP_ARCH_ARM"};
}

}  // namespace

void write_seccomp(JsonWriter& out, std::string_view machine,
                   const std::vector<std::string>& capabilities) {
  const auto has = [&](std::string_view name) {
    return std::find(capabilities.begin(), capabilities.end(), name) != capabilities.end();
  };
  std::vector<std::string_view> allowed = words(kAllowed);
  for (const Widening& one : kWidenings) {
    if (!has(one.capability)) continue;
    for (const std::string_view name : words(one.allowed)) allowed.push_back(name);
  }
  std::sort(allowed.begin(), allowed.end());
  allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
  std::vector<std::string_view> refused = words(kRefused);
  std::erase_if(refused, [&](std::string_view name) {
    return std::binary_search(allowed.begin(), allowed.end(), name);
  });

  out.begin_object();
  out.member("defaultAction", "SCMP_ACT_ERRNO");
  out.member("defaultErrnoRet", kEnosys);
  out.member_texts("architectures", architectures(machine));
  out.key("syscalls");
  out.begin_array();
  begin_rule(out, allowed, true);
  out.end_object();
  begin_rule(out, refused, false);
  out.end_object();
  if (!has("CAP_SYS_ADMIN")) {
    // A thread is allowed, a namespace is not; clone3 hides its flags in memory, and the C library
    // falls back to clone.
    allow_if(out, "clone", 0, kCloneNewNamespaces, "SCMP_CMP_MASKED_EQ", 0);
    begin_rule(out, std::vector<std::string_view>{"clone3"}, false, kEnosys);
    out.end_object();
  }
  for (const int64_t persona :
       {int64_t{0}, int64_t{8}, int64_t{0x20000}, int64_t{0x20008}, int64_t{0xffffffff}}) {
    allow_if(out, "personality", 0, persona, "SCMP_CMP_EQ");
  }
  allow_if(out, "socket", 0, kVsockFamily,
           "SCMP_CMP_NE");  // it would reach the hypervisor past every network rule
  out.end_array();
  out.end_object();
}

}  // namespace es::runtime
