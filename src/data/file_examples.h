// Examples from text and JSON-lines files.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/encoded_records.h"
#include "data/example_stream.h"

namespace tess2::data {

/// The examples of the records of some files, an epoch being all files once. Where the encoder asks
/// for it, the ids of the records are strung together and cut into rows; what is left at the end of
/// an epoch, shorter than a row, is dropped.
class FileExamples final : public ExampleStream {
 public:
  FileExamples(std::vector<std::filesystem::path> files,
               std::shared_ptr<const RecordEncoder> encoder, Reading reading);

  std::optional<Example> next() override;
  nlohmann::json position() const override;
  void seek(const nlohmann::json& position) override;

 private:
  /// A record that is not used up.
  struct Held {
    EncodedRecord record;
    RecordPlace before;
    std::size_t used = 0;  ///< ids, or examples, that have been handed out
  };

  bool hold_next();
  bool has_next() const;
  std::size_t size_of(const EncodedRecord& record) const;
  Example cut_row();
  Example take_example();
  FormatError nothing_left() const;
  void start_epoch();

  std::shared_ptr<ReadingLog> log_;
  EncodedRecords records_;
  std::optional<std::size_t> row_length_;
  std::string mark_;  ///< of the data, for positions
  std::deque<Held> held_;
  std::size_t available_ = 0;  ///< ids, or examples, in `held_`
  RecordPlace after_;          ///< of the last record that was held
  std::size_t skip_ = 0;       ///< of the next record to be held
  bool any_ = false;           ///< whether this epoch has given an example
};

}  // namespace tess2::data
