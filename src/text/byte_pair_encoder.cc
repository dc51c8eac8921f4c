#include "text/byte_pair_encoder.h"

#include <algorithm>
#include <queue>

#include "text/utf8.h"

namespace tess2::text {
namespace {

constexpr std::size_t kBytes = 256;

/// A run of characters that is one piece so far; the runs form a list.
struct Run {
  std::string_view text;
  std::ptrdiff_t previous;
  std::ptrdiff_t next;  ///< -1 at the end
};

/// Two neighbouring runs that make a piece together.
struct Merge {
  TokenId id;
  std::ptrdiff_t left;
  std::ptrdiff_t right;
  std::size_t size;  ///< bytes of the two when this was found: they may have changed since
};

struct Later {
  bool operator()(const Merge& a, const Merge& b) const {
    return a.id != b.id ? a.id > b.id : a.left > b.left;
  }
};

std::vector<Run> characters_of(std::string_view text) {
  std::vector<Run> runs;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text.substr(at)), 1);
    const auto index = static_cast<std::ptrdiff_t>(runs.size());
    runs.push_back({text.substr(at, length), index - 1, index + 1});
    at += length;
  }
  if (!runs.empty()) runs.back().next = -1;
  return runs;
}

std::string_view joined(const Run& left, const Run& right) {
  return {left.text.data(), left.text.size() + right.text.size()};
}

}  // namespace

BytePairEncoder::BytePairEncoder(const SentencePieceModel& model)
    : unk_id_(static_cast<TokenId>(model.unk_id)) {
  std::vector<TokenId> bytes(kBytes, -1);
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const Piece& piece = model.pieces[id];
    const auto token = static_cast<TokenId>(id);
    if (piece.type == PieceType::kNormal) mergeable_.emplace(piece.text, token);
    if (piece.type == PieceType::kUserDefined) user_defined_.add(piece.text, token);
    if (piece.type != PieceType::kByte) continue;
    bytes[static_cast<std::size_t>(std::stoi(piece.text.substr(3, 2), nullptr, 16))] = token;
  }
  if (std::ranges::count(bytes, -1) == 0) byte_ids_ = std::move(bytes);
}

void BytePairEncoder::encode(std::string_view text, std::vector<TokenId>& ids) const {
  std::size_t at = 0;
  while (const auto match = user_defined_.find(text, at)) {
    encode_between(text.substr(at, match->begin - at), ids);
    ids.push_back(match->id);
    at = match->end;
  }
  encode_between(text.substr(at), ids);
}

void BytePairEncoder::encode_between(std::string_view text, std::vector<TokenId>& ids) const {
  std::vector<Run> runs = characters_of(text);
  std::priority_queue<Merge, std::vector<Merge>, Later> merges;
  const auto consider = [&](std::ptrdiff_t left, std::ptrdiff_t right) {
    if (left < 0 || right < 0) return;
    const std::string_view both = joined(runs[left], runs[right]);
    const auto piece = mergeable_.find(both);
    if (piece != mergeable_.end()) merges.push({piece->second, left, right, both.size()});
  };
  for (std::ptrdiff_t i = 0; i + 1 < std::ssize(runs); ++i) consider(i, i + 1);
  while (!merges.empty()) {
    const Merge merge = merges.top();
    merges.pop();
    Run& left = runs[merge.left];
    Run& right = runs[merge.right];
    const bool is_stale = left.text.empty() || right.text.empty() || left.next != merge.right ||
                          left.text.size() + right.text.size() != merge.size;
    if (is_stale) continue;
    left.text = joined(left, right);
    left.next = right.next;
    right.text = {};
    if (left.next >= 0) runs[left.next].previous = merge.left;
    consider(left.previous, merge.left);
    consider(merge.left, left.next);
  }
  for (const Run& run : runs) {
    if (!run.text.empty()) append_character(run.text, ids);
  }
}

void BytePairEncoder::append_character(std::string_view character,
                                       std::vector<TokenId>& ids) const {
  const auto piece = mergeable_.find(character);
  if (piece != mergeable_.end()) {
    ids.push_back(piece->second);
  } else if (byte_ids_.empty()) {
    ids.push_back(unk_id_);
  } else {
    for (const char byte : character) ids.push_back(byte_ids_[static_cast<std::uint8_t>(byte)]);
  }
}

}  // namespace tess2::text
