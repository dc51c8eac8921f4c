#include "core/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <streambuf>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.h"

namespace tess2 {
namespace {

namespace fs = std::filesystem;

FileError system_error(const fs::path& path, const std::string& action, int reason) {
  return {path, action + ": " + std::generic_category().message(reason)};
}

/// An open file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(); }

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  /// 0, or the system's error number: some file systems report a full disk only here.
  int close() { return is_open() && ::close(std::exchange(number_, -1)) != 0 ? errno : 0; }

 private:
  int number_;
};

Descriptor open_or_throw(const fs::path& path, int flags, const std::string& action) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!file.is_open()) throw system_error(path, action, errno);
  return file;
}

std::size_t regular_size(const fs::path& path, const Descriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw system_error(path, "cannot be read", errno);
  if (S_ISDIR(status.st_mode)) throw system_error(path, "cannot be read", EISDIR);
  if (!S_ISREG(status.st_mode)) throw FileError(path, "cannot be mapped: not a regular file");
  return static_cast<std::size_t>(status.st_size);
}

void unmap(std::span<std::byte> bytes) {
  if (!bytes.empty()) ::munmap(bytes.data(), bytes.size());
}

/// Where a stream's bytes go. Unlike std::filebuf it remembers why a write failed.
class DescriptorBuffer final : public std::streambuf {
 public:
  explicit DescriptorBuffer(int file) : file_(file), buffer_(kBufferSize) { rewind(); }

  /// The error number of the first failed write, or 0.
  int reason() const { return reason_; }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }

  std::streamsize xsputn(const char* data, std::streamsize count) override {
    if (count < epptr() - pptr()) return std::streambuf::xsputn(data, count);
    if (sync() != 0) return 0;
    return write_all(data, static_cast<std::size_t>(count)) ? count : 0;
  }

  pos_type seekpos(pos_type place, std::ios_base::openmode) override {
    if (sync() != 0 || ::lseek(file_, place, SEEK_SET) < 0) return pos_type(off_type(-1));
    return place;
  }

  int sync() override {
    const bool written = write_all(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    rewind();
    return written ? 0 : -1;
  }

 private:
  static constexpr std::size_t kBufferSize = std::size_t{1} << 16;

  void rewind() { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

  bool write_all(const char* data, std::size_t count) {
    while (count > 0 && reason_ == 0) {
      const ssize_t written = ::write(file_, data, count);
      if (written < 0 && errno != EINTR) reason_ = errno;
      if (written <= 0) continue;
      data += written;
      count -= static_cast<std::size_t>(written);
    }
    return reason_ == 0;
  }

  int file_;
  int reason_ = 0;
  std::vector<char> buffer_;
};

/// The I-th name to try for what is built beside `path`.
fs::path aside_name(const fs::path& path, int i) {
  fs::path name = path.parent_path() / ".";
  name += path.filename();
  name += "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".part";
  return name;
}

/// Calls try_name with names beside `path` until one is free. `try_name` returns whether it made
/// the entry, with errno set where not.
template <class TryName>
fs::path make_aside(const fs::path& path, const TryName& try_name) {
  for (int i = 0;; ++i) {
    fs::path aside = aside_name(path, i);
    if (try_name(aside)) return aside;
    if (errno != EEXIST) throw system_error(path, "cannot be written", errno);
  }
}

void sync_path(const fs::path& path) {
  const Descriptor entry = open_or_throw(path, O_RDONLY, "cannot be synced");
  // File systems without folder sync say EINVAL; there the rename has to do.
  if (::fsync(entry.number()) != 0 && errno != EINVAL) {
    throw system_error(path, "cannot be synced", errno);
  }
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

bool is_in_place(const fs::path& path) {
  std::error_code ignored;
  const auto kind = fs::status(path, ignored).type();
  return kind == fs::file_type::character || kind == fs::file_type::fifo ||
         kind == fs::file_type::socket || kind == fs::file_type::block;
}

/// The file that a symbolic link stands for, so that replacing it leaves the link.
fs::path resolved(const fs::path& path) {
  std::error_code none;
  const fs::path target = fs::canonical(path, none);
  return none ? path : target;
}

}  // namespace

MappedFile::MappedFile(const fs::path& path) {
  const Descriptor file = open_or_throw(path, O_RDONLY, "cannot be opened");
  const std::size_t size = regular_size(path, file);
  if (size == 0) return;
  void* data =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.number(), 0);
  if (data == MAP_FAILED) throw system_error(path, "cannot be mapped", errno);
  bytes_ = {static_cast<std::byte*>(data), size};
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  unmap(bytes_);
}

std::string read_text_file(const fs::path& path) {
  const Descriptor file = open_or_throw(path, O_RDONLY, "cannot be opened");
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) throw system_error(path, "cannot be read", errno);
  }
}

struct AtomicFile::State {
  State(fs::path target_name, fs::path aside_path, Descriptor opened)
      : target(std::move(target_name)),
        aside(std::move(aside_path)),
        file(std::move(opened)),
        buffer(file.number()),
        stream(&buffer) {}

  ~State() {
    if (!aside.empty()) ::unlink(aside.c_str());
  }

  [[noreturn]] void fail(int reason) const {
    throw system_error(target, "cannot be written", reason);
  }

  fs::path target;
  /// Empty where the target is written in place, and after the rename.
  fs::path aside;
  Descriptor file;
  DescriptorBuffer buffer;
  std::ostream stream;
};

AtomicFile::AtomicFile(const fs::path& path) {
  if (is_in_place(path)) {
    state_ = std::make_unique<State>(path, fs::path(),
                                     open_or_throw(path, O_WRONLY, "cannot be written"));
    return;
  }
  const fs::path target = resolved(path);
  int number = -1;
  const fs::path aside = make_aside(target, [&](const fs::path& name) {
    number = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return number >= 0;
  });
  state_ = std::make_unique<State>(target, aside, Descriptor(number));
}

AtomicFile::AtomicFile(AtomicFile&&) noexcept = default;
AtomicFile::~AtomicFile() = default;

std::ostream& AtomicFile::stream() {
  return state_->stream;
}

void AtomicFile::commit() {
  State& state = *state_;
  state.stream.flush();
  if (state.buffer.reason() != 0) state.fail(state.buffer.reason());
  if (!state.stream) throw FileError(state.target, "cannot be written: the stream failed");
  const bool in_place = state.aside.empty();
  if (!in_place && ::fsync(state.file.number()) != 0) state.fail(errno);
  if (const int reason = state.file.close()) state.fail(reason);
  if (in_place) return;
  if (::rename(state.aside.c_str(), state.target.c_str()) != 0) state.fail(errno);
  state.aside.clear();
  sync_path(folder_of(state.target));
}

void write_file_atomically(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  AtomicFile file(path);
  write(file.stream());
  file.commit();
}

struct AppendFile::State {
  [[noreturn]] void fail(int reason) const {
    throw system_error(path, "cannot be written", reason);
  }

  fs::path path;
  Descriptor file;
  std::size_t size = 0;
};

AppendFile::AppendFile(const fs::path& path) {
  if (is_in_place(path)) throw FileError(path, "cannot be continued: not a regular file");
  state_ = std::make_unique<State>(
      State{path, open_or_throw(path, O_RDWR | O_CREAT | O_APPEND, "cannot be written")});
  if (::flock(state_->file.number(), LOCK_EX | LOCK_NB) != 0) {
    throw FileError(path, "cannot be written: another process has it open");
  }
  state_->size = regular_size(path, state_->file);
  sync_path(folder_of(path));
}

AppendFile::AppendFile(AppendFile&&) noexcept = default;
AppendFile::~AppendFile() = default;

void AppendFile::append(std::string_view text) {
  const std::size_t before = state_->size;
  append_unsynced(text);
  if (::fsync(state_->file.number()) == 0) return;
  const int reason = errno;
  cut(before);
  state_->fail(reason);
}

void AppendFile::append_unsynced(std::string_view text) {
  State& state = *state_;
  DescriptorBuffer buffer(state.file.number());
  buffer.sputn(text.data(), static_cast<std::streamsize>(text.size()));
  buffer.pubsync();
  if (buffer.reason() == 0) {
    state.size += text.size();
    return;
  }
  cut(state.size);
  state.fail(buffer.reason());
}

void AppendFile::sync() {
  if (::fsync(state_->file.number()) != 0) state_->fail(errno);
}

void AppendFile::cut(std::size_t size) {
  State& state = *state_;
  if (::ftruncate(state.file.number(), static_cast<off_t>(size)) != 0) state.fail(errno);
  if (::fsync(state.file.number()) != 0) state.fail(errno);
  state.size = size;
}

namespace {

/// Removes a folder at the end of its life, unless told to keep it.
class FolderRemover {
 public:
  explicit FolderRemover(fs::path folder) : folder_(std::move(folder)) {}
  FolderRemover(const FolderRemover&) = delete;
  FolderRemover& operator=(const FolderRemover&) = delete;
  ~FolderRemover() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  void keep() { folder_.clear(); }

 private:
  fs::path folder_;
};

void sync_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() || entry.is_directory()) sync_path(entry.path());
  }
  sync_path(folder);
}

fs::path make_folder_aside(const fs::path& folder) {
  return make_aside(folder, [](const fs::path& name) { return ::mkdir(name.c_str(), 0777) == 0; });
}

/// For file systems that cannot exchange two names: there is a moment without the old folder, but
/// never one without its content.
void replace_in_two_steps(const fs::path& aside, const fs::path& folder) {
  const fs::path old = make_folder_aside(folder);
  FolderRemover remover(old);
  fs::rename(folder, old);
  std::error_code problem;
  fs::rename(aside, folder, problem);
  if (!problem) return;
  remover.keep();
  fs::rename(old, folder);
  throw FileError(folder, "cannot be replaced: " + problem.message());
}

void put_in_place(const fs::path& aside, const fs::path& folder, FolderRemover& remover) {
  if (!fs::exists(folder)) {
    fs::rename(aside, folder);
    remover.keep();
    return;
  }
  // After the exchange the remover holds the old folder.
  if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) return;
  replace_in_two_steps(aside, folder);
  remover.keep();
}

/// Without a slash at the end, which would hide the name; a link is followed.
fs::path folder_name(const fs::path& folder) {
  const fs::path named = fs::absolute(folder).lexically_normal();
  return resolved(named.has_filename() ? named : named.parent_path());
}

}  // namespace

void write_folder_atomically(const fs::path& folder,
                             const std::function<void(const fs::path&)>& build) {
  try {
    const fs::path target = folder_name(folder);
    if (fs::exists(target) && !fs::is_directory(target)) {
      throw FileError(target, "cannot be replaced by a folder: it is a file");
    }
    fs::create_directories(target.parent_path());
    const fs::path aside = make_folder_aside(target);
    FolderRemover remover(aside);
    build(aside);
    sync_tree(aside);
    put_in_place(aside, target, remover);
    sync_path(target.parent_path());
  } catch (const fs::filesystem_error& error) {
    throw FileError(error.path1().empty() ? folder : error.path1(), error.code().message());
  }
}

}  // namespace tess2
