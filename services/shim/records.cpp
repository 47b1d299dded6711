#include "services/shim/records.h"

#include "services/shim/system_call.h"

namespace es::shim {

namespace {

constexpr size_t kRecordMax = kReasonMax + 256;
using Record = Text<kRecordMax>;

void add_line(Record& record, const char* key, uint64_t value) {
  record.add(key);
  record.add(' ');
  record.add_number(value);
  record.add('\n');
}

void write_record(int directory, const char* temporary, const char* name, const Record& record) {
  const int fd = open_at(directory, temporary, O_WRONLY | O_CREAT, 0600);
  if (fd < 0) return;
  write(fd, record.bytes().data, record.bytes().size);
  truncate(fd, record.bytes().size);
  close(fd);
  rename_at(directory, temporary, name);
}

// Reads what fits.
template <size_t kCapacity>
Bytes read_file(int directory, const char* path, char (&buffer)[kCapacity]) {
  const int fd = open_at(directory, path, O_RDONLY);
  if (fd < 0) return {};
  const long n = read(fd, buffer, kCapacity);
  close(fd);
  return {buffer, n > 0 ? static_cast<size_t>(n) : 0};
}

}  // namespace

void reserve_exit_record(int directory) {
  Record zeros;
  while (zeros.room() > 0) zeros.add('\0');
  const int fd = open_at(directory, "exit.tmp", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return;
  write(fd, zeros.bytes().data, zeros.bytes().size);
  close(fd);
}

void write_shim_record(int directory) {
  Record record;
  add_line(record, "pid", static_cast<uint64_t>(process_id()));
  write_record(directory, "shim.tmp", "shim", record);
}

void write_started_record(int directory, int pid, int64_t runtime_us) {
  Record record;
  add_line(record, "pid", static_cast<uint64_t>(pid));
  add_line(record, "started_ns", static_cast<uint64_t>(now_ns(0)));
  add_line(record, "runtime_us", static_cast<uint64_t>(runtime_us));
  write_record(directory, "started.tmp", "started", record);
}

Exit exit_of_status(int wait_status) {
  Exit exit;
  exit.signal = wait_status & 0x7f;
  exit.code = exit.signal != 0 ? 128 + exit.signal : (wait_status >> 8) & 0xff;
  return exit;
}

void write_exit_record(int directory, const Exit& exit) {
  Record record;
  add_line(record, "code", static_cast<uint64_t>(exit.code));
  add_line(record, "signal", static_cast<uint64_t>(exit.signal));
  add_line(record, "oom_kills", static_cast<uint64_t>(exit.oom_kills));
  add_line(record, "finished_ns", static_cast<uint64_t>(now_ns(0)));
  add_line(record, "lost_log_bytes", exit.lost_log_bytes);
  if (exit.start_error != nullptr) {
    record.add("start_error ");
    const Bytes reason = exit.start_error->bytes();
    for (size_t i = 0; i < reason.size; ++i) {
      const auto c = static_cast<unsigned char>(reason.data[i]);
      record.add(c < ' ' ? ' ' : reason.data[i]);
    }
    record.add('\n');
  }
  write_record(directory, "exit.tmp", "exit", record);
}

int64_t read_oom_kills(const char* path) {
  if (path == nullptr) return 0;
  char buffer[1024];
  const Bytes text = read_file(AT_FDCWD, path, buffer);
  for (size_t i = 0; i < text.size; ++i) {
    if (i > 0 && text.data[i - 1] != '\n') continue;
    const Bytes number = after_prefix({text.data + i, text.size - i}, bytes_of("oom_kill "));
    if (number.data == nullptr) continue;
    const int64_t count = parse_number(number);
    return count < 0 ? 0 : count;
  }
  return 0;
}

int read_pid(int directory) {
  char buffer[32];
  return static_cast<int>(parse_number(read_file(directory, "pid", buffer)));
}

}  // namespace es::shim
