#include "text/tokenizer.h"

#include <array>
#include <ostream>

#include "core/error.h"
#include "core/file.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/tokenizer_config.h"

namespace tess2::text {
namespace {

// Every file that describes a tokenizer to Hugging Face's classes.
constexpr std::array<std::string_view, 6> kTokenizerFiles = {
    kModelFile,       "tokenizer.json",          kConfigFile,
    kAddedTokensFile, "special_tokens_map.json", "chat_template.jinja"};

void write_text(const std::filesystem::path& file, const std::string& text) {
  write_file_atomically(file, [&](std::ostream& out) { out << text; });
}

// A file that only the target has is of another tokenizer.
void copy_file(std::string_view name, const std::filesystem::path& from,
               const std::filesystem::path& to) {
  if (std::filesystem::exists(from / name)) {
    write_text(to / name, read_text_file(from / name));
  } else {
    std::filesystem::remove(to / name);
  }
}

void copy_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::filesystem::exists(to) && std::filesystem::equivalent(from, to)) return;
  std::filesystem::create_directories(to);
  for (const std::string_view name : kTokenizerFiles) copy_file(name, from, to);
}

std::unique_ptr<Tokenizer> make_tokenizer(const std::filesystem::path& folder,
                                          const ConfigTexts& texts) {
  const auto file = folder / kModelFile;
  return make_sentencepiece_tokenizer(file, read_text_file(file),
                                      parse_tokenizer_config(folder, texts));
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder) {
  return make_tokenizer(folder, read_config_texts(folder));
}

std::unique_ptr<Tokenizer> load_tokenizer_with_pad(const std::filesystem::path& folder) {
  const ConfigTexts texts = read_config_texts(folder);
  auto tokenizer = make_tokenizer(folder, texts);
  if (tokenizer->pad()) return tokenizer;
  const auto id = static_cast<TokenId>(tokenizer->vocab_size());
  return make_tokenizer(folder, with_pad_token(folder, texts, kPadToken, id));
}

void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to) {
  load_tokenizer(from);  // so that a broken tokenizer is not spread
  try {
    copy_files(from, to);
  } catch (const std::filesystem::filesystem_error& error) {
    throw FileError(error.path1(), error.code().message());
  }
}

TokenId copy_tokenizer_with_pad(const std::filesystem::path& from,
                                const std::filesystem::path& to) {
  const auto tokenizer = load_tokenizer(from);
  copy_tokenizer(from, to);
  if (const auto pad = tokenizer->pad()) return *pad;
  const auto id = static_cast<TokenId>(tokenizer->vocab_size());
  const ConfigTexts texts = with_pad_token(from, read_config_texts(from), kPadToken, id);
  write_text(to / kAddedTokensFile, *texts.added);
  write_text(to / kConfigFile, *texts.config);
  return id;
}

}  // namespace tess2::text
