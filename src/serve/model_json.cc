#include "serve/model_json.h"

namespace tess2::serve {

Json model_json(const Service& service) {
  const ServeSettings& settings = service.settings();
  const auto& sampler = settings.session.sampler;
  Json extension = {{"length", settings.length},
                    {"vocabulary", service.tokenizer().vocab_size()},
                    {"steps", sampler.steps},
                    {"temperature", sampler.projection.temperature},
                    {"top_p", sampler.projection.top_p},
                    {"can_guide", service.host().can_guide()},
                    {"guidance_scale", settings.session.guidance.scale},
                    {"commit", settings.session.commitment.enabled},
                    {"block_length", settings.session.block_length},
                    {"max_tokens", settings.max_tokens},
                    {"max_steps", settings.max_steps},
                    {"max_n", settings.max_n},
                    {"max_holes", settings.max_holes}};
  return {{"id", service.context().model},
          {"object", "model"},
          {"created", service.started()},
          {"owned_by", "tess2"},
          {"tess2", std::move(extension)}};
}

}  // namespace tess2::serve
