# tess2_layer(NAME [TORCH] SOURCES file... [DEPENDS layer-or-library...])
#   One static library a layer. TORCH gives it LibTorch and the shared precompiled header.
# tess2_test(NAME [TORCH] [TIMEOUT seconds] SOURCES file... DEPENDS layer...)
#   One GoogleTest program a layer, its cases registered one by one with CTest; a case that takes
#   longer than TIMEOUT (600) fails.
set(TESS2_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlaps and overflows in std::string that are not there (GCC bug 105651).
    list(APPEND TESS2_WARNINGS -Wno-restrict -Wno-stringop-overflow)
  else()
    # Later ones see overflows in the std::vector<bool> of LibTorch's headers, and take any
    # reference that comes back from a call with a temporary for one to that temporary.
    list(APPEND TESS2_WARNINGS -Wno-array-bounds -Wno-stringop-overflow -Wno-dangling-reference)
  endif()
endif()
if(TESS2_SANITIZE)
  add_compile_options(-fsanitize=${TESS2_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TESS2_SANITIZE})
  # Function clones are chosen before the sanitizers' run time is up.
  add_compile_definitions(TESS2_NO_TARGET_CLONES)
endif()

function(tess2_use_torch target)
  target_link_libraries(${target} PUBLIC tess2_torch)
  if(NOT TARGET tess2_torch_pch)
    file(WRITE ${CMAKE_BINARY_DIR}/torch_pch.cc "// Holds the precompiled LibTorch header.\n")
    add_library(tess2_torch_pch OBJECT ${CMAKE_BINARY_DIR}/torch_pch.cc)
    target_link_libraries(tess2_torch_pch PUBLIC tess2_torch)
    target_compile_options(tess2_torch_pch PRIVATE ${TESS2_WARNINGS})
    target_precompile_headers(tess2_torch_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/torch_pch.h)
  endif()
  target_precompile_headers(${target} REUSE_FROM tess2_torch_pch)
endfunction()

function(tess2_layer name)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(tess2_${name} STATIC ${arg_SOURCES})
  target_include_directories(tess2_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(tess2_${name} PUBLIC ${arg_DEPENDS})
  target_compile_options(tess2_${name} PRIVATE ${TESS2_WARNINGS})
  if(arg_TORCH)
    tess2_use_torch(tess2_${name})
  endif()
endfunction()

# Kernels: vectorise, and give the same bits on every machine (no contraction to fused multiply-add).
function(tess2_kernel_sources)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS
    "-O3;-ffp-contract=off;-fno-math-errno;-fno-trapping-math" SKIP_PRECOMPILE_HEADERS ON)
endfunction()

function(tess2_test name)
  cmake_parse_arguments(arg "TORCH" "TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${TESS2_WARNINGS})
  if(TESS2_SANITIZE)
    # GCC 12 with sanitizers takes std::regex to read what it has not written (GCC bug 105562).
    target_compile_options(${name} PRIVATE -Wno-maybe-uninitialized)
  endif()
  # Test code is compiled far more often than it is run. (Later compilers refuse a header that was
  # precompiled at another level.)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  target_compile_definitions(${name} PRIVATE TESS2_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(arg_TORCH)
    tess2_use_torch(${name})
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 300
                       PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
