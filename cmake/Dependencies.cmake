# Every outside library in one place. Debian's package names are in scripts/setup.sh.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED)
find_package(Torch REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)

find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
add_library(tess2_zstd INTERFACE)
target_include_directories(tess2_zstd SYSTEM INTERFACE ${ZSTD_INCLUDE_DIR})
target_link_libraries(tess2_zstd INTERFACE ${ZSTD_LIBRARY})

# Debian's dnnl CMake file asks for OpenCL, so the library is found by hand.
find_path(DNNL_INCLUDE_DIR dnnl.hpp PATH_SUFFIXES oneapi/dnnl REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(tess2_dnnl INTERFACE)
target_include_directories(tess2_dnnl SYSTEM INTERFACE ${DNNL_INCLUDE_DIR})
target_link_libraries(tess2_dnnl INTERFACE ${DNNL_LIBRARY})

# Highway: vector code for several instruction sets, of which the program picks one as it runs. SSSE3
# is left out because SSE4 serves what is older than AVX2 well enough, SVE because its vectors have no
# size to put in arrays (NEON serves those machines).
find_path(HWY_INCLUDE_DIR hwy/highway.h REQUIRED)
find_library(HWY_LIBRARY hwy REQUIRED)
add_library(tess2_hwy INTERFACE)
target_include_directories(tess2_hwy SYSTEM INTERFACE ${HWY_INCLUDE_DIR})
target_compile_definitions(tess2_hwy INTERFACE HWY_SHARED_DEFINE
  "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
target_link_libraries(tess2_hwy INTERFACE ${HWY_LIBRARY})

# cpp-httplib as Debian builds it: a library, with these features, on which the layout of its types
# depends.
find_path(HTTPLIB_INCLUDE_DIR httplib.h REQUIRED)
find_library(HTTPLIB_LIBRARY cpp-httplib REQUIRED)
add_library(tess2_httplib INTERFACE)
target_include_directories(tess2_httplib SYSTEM INTERFACE ${HTTPLIB_INCLUDE_DIR})
target_compile_definitions(tess2_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT
  CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)
# Later versions of its header call OpenSSL themselves.
find_package(OpenSSL REQUIRED)
target_link_libraries(tess2_httplib INTERFACE ${HTTPLIB_LIBRARY} OpenSSL::SSL OpenSSL::Crypto)

# LibTorch's own target, with its headers as system headers so that our warnings stay ours.
add_library(tess2_torch INTERFACE)
target_include_directories(tess2_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(tess2_torch INTERFACE ${TORCH_LIBRARIES} OpenMP::OpenMP_CXX)
separate_arguments(TESS2_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
# Also for the layers without LibTorch: they link with it, so the string ABI must be the same.
add_compile_options(${TESS2_TORCH_FLAGS})

# Several ranks: LibTorch's Gloo, whose headers include those of the library that it is built with
# (a package of its own), and NCCL where LibTorch is built with CUDA. Without Gloo's headers a run has
# one rank.
find_path(GLOO_INCLUDE_DIR gloo/context.h HINTS ${TORCH_INCLUDE_DIRS})
find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
add_library(tess2_c10d INTERFACE)
if(GLOO_INCLUDE_DIR)
  target_include_directories(tess2_c10d SYSTEM INTERFACE ${GLOO_INCLUDE_DIR})
  target_compile_definitions(tess2_c10d INTERFACE TESS2_GLOO)
else()
  message(STATUS "Gloo's headers were not found: training runs will have one rank (libgloo-dev)")
endif()
if(TARGET torch_cuda AND NCCL_INCLUDE_DIR)
  target_include_directories(tess2_c10d SYSTEM INTERFACE ${NCCL_INCLUDE_DIR})
  target_compile_definitions(tess2_c10d INTERFACE TESS2_NCCL USE_C10D_NCCL)
endif()

# Line editing for `tess2 chat`.
find_path(EDIT_INCLUDE_DIR editline/readline.h REQUIRED)
find_library(EDIT_LIBRARY edit REQUIRED)
add_library(tess2_edit INTERFACE)
target_include_directories(tess2_edit SYSTEM INTERFACE ${EDIT_INCLUDE_DIR})
target_link_libraries(tess2_edit INTERFACE ${EDIT_LIBRARY})

if(TESS2_BUILD_TESTS)
  find_package(GTest REQUIRED)
  # SentencePiece's library, to compare our tokenizers with. It cannot share a process with Debian's
  # LibTorch (src/text/sentencepiece_model.h), so nothing else links it.
  find_path(SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h)
  find_library(SENTENCEPIECE_LIBRARY sentencepiece)
endif()

if(TESS2_BUILD_BENCHMARKS)
  find_package(benchmark QUIET)
endif()
