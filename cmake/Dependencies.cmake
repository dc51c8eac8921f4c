# Every outside library in one place. Debian's package names are in scripts/setup.sh.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED)
find_package(Torch REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)

# SentencePiece ships a pkg-config file and no CMake one.
find_path(SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h REQUIRED)
find_library(SENTENCEPIECE_LIBRARY sentencepiece REQUIRED)
find_library(SENTENCEPIECE_TRAIN_LIBRARY sentencepiece_train REQUIRED)
add_library(tess2_sentencepiece INTERFACE)
target_include_directories(tess2_sentencepiece SYSTEM INTERFACE ${SENTENCEPIECE_INCLUDE_DIR})
target_link_libraries(tess2_sentencepiece INTERFACE ${SENTENCEPIECE_TRAIN_LIBRARY} ${SENTENCEPIECE_LIBRARY})

# Debian's SentencePiece uses libprotobuf-lite and its LibTorch libprotobuf, which holds the same
# symbols and more. Whichever is loaded first serves both, and only the full one can: it goes first.
find_library(PROTOBUF_LIBRARY protobuf)
if(PROTOBUF_LIBRARY)
  add_link_options(LINKER:--push-state,--no-as-needed ${PROTOBUF_LIBRARY} LINKER:--pop-state)
endif()

# Debian's dnnl CMake file asks for OpenCL, so the library is found by hand.
find_path(DNNL_INCLUDE_DIR dnnl.hpp PATH_SUFFIXES oneapi/dnnl REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(tess2_dnnl INTERFACE)
target_include_directories(tess2_dnnl SYSTEM INTERFACE ${DNNL_INCLUDE_DIR})
target_link_libraries(tess2_dnnl INTERFACE ${DNNL_LIBRARY})

# LibTorch's own target, with its headers as system headers so that our warnings stay ours.
add_library(tess2_torch INTERFACE)
target_include_directories(tess2_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(tess2_torch INTERFACE ${TORCH_LIBRARIES} OpenMP::OpenMP_CXX)
separate_arguments(TESS2_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
# Also for the layers without LibTorch: they link with it, so the string ABI must be the same.
add_compile_options(${TESS2_TORCH_FLAGS})

if(TESS2_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
