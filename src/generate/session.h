// One canvas on its way from noise to text, a denoising step at a time: what a server, a page or a
// terminal drives and watches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generate/settings.h"
#include "text/tokenizer.h"

namespace tess2::generate {

/// A canvas before the first step.
struct Layout {
  std::vector<text::TokenId> ids;       ///< [L]; what stands in the span is not read
  std::vector<std::uint8_t> span_mask;  ///< [L], 1 where a token is to be generated
  /// [L], 1 where that token must be text: neither start, end nor padding. Empty: nowhere.
  std::vector<std::uint8_t> must_fill;
};

/// `prompt`, then `places` for an answer, which hold `blank`.
Layout answer_layout(std::vector<text::TokenId> prompt, std::int64_t places, text::TokenId blank);

/// Another token that a slot might have taken.
struct Alternative {
  text::TokenId id = 0;
  std::string text;
  float probability = 0.0f;
};

/// A place of the span as it stands after a step.
struct Slot {
  std::int64_t position = 0;    ///< on the canvas, from 0
  text::TokenId id = 0;         ///< the likeliest token
  std::string text;             ///< of that token, the space before it included; valid UTF-8
  float probability = 0.0f;     ///< of that token, from softmax(logits)
  float entropy = 0.0f;         ///< of softmax(logits), in nats
  bool settled = false;         ///< the token is not expected to change any more
  std::int64_t settled_at = 0;  ///< step, from 1, at which the slot took its token
  std::vector<Alternative> alternatives;  ///< the likeliest other tokens, in falling order
};

/// Not to be used by two threads at a time.
class Session {
 public:
  virtual ~Session() = default;

  /// True once the last step was taken, the prediction has converged (where asked for), no slot is
  /// left to denoise, or the answer goes on with nothing but its end after a block.
  virtual bool finished() const = 0;

  /// Takes one denoising step. Must not be called once finished.
  virtual void step() = 0;

  virtual std::int64_t steps_taken() const = 0;
  /// The most steps that it will take, of all blocks together.
  virtual std::int64_t steps_planned() const = 0;

  /// The token at each place of the span, in order: [N]. Before the first step all are padding.
  /// Places that the canvas has lost keep the end or padding token that they had.
  virtual std::span<const text::TokenId> tokens() const = 0;

  /// How far the kept keys and values of the prompt had moved whenever they were made again
  /// (diffusion::ContextCache::drift); none without a prompt cache.
  virtual std::optional<double> prompt_drift() const { return std::nullopt; }

  /// How many of the first `tokens()` are committed: they will not change any more.
  virtual std::size_t committed() const = 0;

  /// The canvas for whoever looks: all N slots in order, each with that many alternatives. Empty
  /// before the first step.
  virtual std::vector<Slot> slots(std::int64_t alternatives) const = 0;
};

/// A loaded model that starts sessions; from several threads at a time.
class SessionHost {
 public:
  virtual ~SessionHost() = default;

  virtual const text::Tokenizer& tokenizer() const = 0;
  /// Whether guidance scales other than 0 can be asked for.
  virtual bool can_guide() const = 0;

  /// Throws UsageError where the layout has no span, guidance is asked for without a reward model
  /// or a prompt cache of a model that keeps none; Error for ids outside the vocabulary.
  virtual std::unique_ptr<Session> start(const Layout& layout,
                                         const SessionSettings& settings) const = 0;
};

/// Takes one step of each session; sessions are spread over the machine's threads where there are
/// several. What a session becomes does not depend on the others.
void step_together(std::span<Session* const> sessions);

/// What to do with many sessions, told by their numbers.
struct SessionJobs {
  std::function<std::unique_ptr<Session>(std::size_t)> start;
  /// After each step; true to leave it at that. May be empty.
  std::function<bool(std::size_t, const Session&)> stepped = {};
  /// It takes no more steps and will be gone.
  std::function<void(std::size_t, const Session&)> ended;
};

/// Runs the sessions 0 to `count` - 1, started in this order, each to its end. Enough are alive at
/// a time to keep the threads at work and no more, for each holds its logits.
void run_sessions(std::size_t count, const SessionJobs& jobs);

}  // namespace tess2::generate
