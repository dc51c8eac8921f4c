// Files and folders read whole or by memory map, and written so that nothing half-written is left:
// write aside, sync, rename.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace tess2 {

/// A whole file in memory, read page by page as it is touched.
class MappedFile {
 public:
  /// Throws FileError where the file is missing, not a regular file or cannot be mapped.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  /// The map is private: writing changes this process's view and never the file.
  std::span<std::byte> bytes() { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// The content of a file, byte for byte. Throws FileError.
std::string read_text_file(const std::filesystem::path& path);

/// A file that appears under its name complete or not at all. A name that stands for a device or a
/// pipe is written in place, for there is nothing to replace.
class AtomicFile {
 public:
  /// Opens a file aside in the same folder, which must exist. Throws FileError.
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  /// Without a commit the file aside is removed, and what stood under the name stays.
  ~AtomicFile();

  /// Where to write; `seekp` may choose the place. A failed write turns the stream bad; `commit`
  /// then says why.
  std::ostream& stream();
  /// Flushes, syncs and renames. Throws FileError with the system's reason (disk full, ...).
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes `path` through an AtomicFile; what `write` throws leaves the old file as it was.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(std::ostream&)>& write);

/// A file that grows part by part: what was appended outlives the process and the machine's end.
class AppendFile {
 public:
  /// Opens the file, or makes it, for this process alone. Throws FileError, also for what is not a
  /// regular file and where another process has it.
  explicit AppendFile(const std::filesystem::path& path);
  AppendFile(AppendFile&&) noexcept;
  AppendFile& operator=(AppendFile&&) = delete;
  ~AppendFile();

  /// Puts `text` at the end and syncs. Throws FileError; the file is then as it was before.
  void append(std::string_view text);
  /// As above, but only `sync` makes sure that it outlives the machine's end.
  void append_unsynced(std::string_view text);
  void sync();
  /// Leaves the first `size` bytes. Throws FileError.
  void cut(std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `build` with a new folder beside `folder`, syncs what it wrote and renames it to `folder`;
/// a folder that stood there is replaced and removed, with all it held. Missing parents are made.
/// Where anything fails, the old folder is as it was and the new one is gone. Throws FileError, and
/// what `build` throws.
void write_folder_atomically(const std::filesystem::path& folder,
                             const std::function<void(const std::filesystem::path&)>& build);

}  // namespace tess2
