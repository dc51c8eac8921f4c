#include "eval/harness/table_file.h"

#include "core/error.h"
#include "data/text_lines.h"

namespace tess2::eval {
namespace {

// Reads one row after another out of lines.
class RowReader {
 public:
  explicit RowReader(const std::filesystem::path& file) : reader_(file) {}

  bool next(TableRow& row) {
    do {
      if (!reader_.next(line_)) return false;
    } while (line_.empty());
    row = {{}, {reader_.file(), reader_.number()}};
    at_ = 0;
    while (at_ <= line_.size()) row.cells.push_back(cell(row.place));
    return true;
  }

 private:
  // The cell at `at_`, which then stands behind the comma after it.
  std::string cell(const data::LinePlace& start) {
    std::string out;
    if (at_ < line_.size() && line_[at_] == '"') out = quoted(start);
    const std::size_t end = std::min(line_.find(',', at_), line_.size());
    out += line_.substr(at_, end - at_);
    at_ = end + 1;
    return out;
  }

  std::string quoted(const data::LinePlace& start) {
    std::string out;
    ++at_;
    for (;;) {
      if (at_ >= line_.size()) {
        out += '\n';
        at_ = 0;
        if (!reader_.next(line_)) data::throw_line_error(start, "", "a closing quote", "none");
      } else if (line_[at_] != '"') {
        out += line_[at_++];
      } else if (line_.compare(at_, 2, "\"\"") == 0) {
        out += '"';
        at_ += 2;
      } else {
        ++at_;
        return out;
      }
    }
  }

  data::LineReader reader_;
  std::string line_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<TableRow> read_table(const std::filesystem::path& file) {
  RowReader reader(file);
  std::vector<TableRow> rows;
  for (TableRow row; reader.next(row);) rows.push_back(std::move(row));
  if (rows.empty()) throw FormatError(file, "", "rows of a table", "an empty file");
  return rows;
}

}  // namespace tess2::eval
