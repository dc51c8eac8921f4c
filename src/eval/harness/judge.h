// A language model that judges answers, behind OpenAI's chat completions interface. Nothing is sent
// but by `Judge::ask`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace httplib {
class Client;
}

namespace tess2::eval {

struct JudgeAddress {
  std::string url;    ///< `http://127.0.0.1:8080/v1`: what `/chat/completions` is put behind
  std::string model;  ///< name that the judge's server knows
  std::string key;    ///< sent as `Authorization: Bearer KEY`; empty: none is sent
  double timeout_seconds = 60.0;
};

/// Which of two answers is better.
enum class Preference { kFirst, kSecond, kTie };

struct Judgement {
  Preference preference = Preference::kTie;
  std::string reply;  ///< what the judge wrote
};

class Judge {
 public:
  /// Throws UsageError for an address that is not `http://` or `https://` and a host.
  explicit Judge(JudgeAddress address);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  const JudgeAddress& address() const { return address_; }

  /// Asks which of two answers to `instruction` is better. Throws Error naming the address, in one
  /// line, where the judge cannot be reached, takes too long, answers with another status than 200
  /// or with anything but a chat completion that says `A`, `B` or `TIE`.
  Judgement ask(const std::string& instruction, const std::string& first,
                const std::string& second);

 private:
  std::string post(const std::string& body);
  [[noreturn]] void fail(const std::string& problem) const;

  JudgeAddress address_;
  std::string path_;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace tess2::eval
