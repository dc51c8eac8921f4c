# tess2_embed_page(OUTPUT_VARIABLE FOLDER HEADER)
#   Makes the build write a C++ file that holds every web file of FOLDER, as the function
#   `page_files` that HEADER (`serve/page.h`) declares in the namespace of its folder; puts the
#   file's name in OUTPUT_VARIABLE.
# cmake -DOUTPUT=FILE.cc -DFOLDER=DIR -DHEADER=LAYER/NAME.h -P EmbedFiles.cmake
#   Writes that file.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(TESS2_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(tess2_embed_page output_variable folder header)
    file(GLOB files CONFIGURE_DEPENDS ${folder}/*.html ${folder}/*.css ${folder}/*.js ${folder}/*.svg)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/page_files.cc)
    add_custom_command(
      OUTPUT ${source}
      COMMAND ${CMAKE_COMMAND} -DOUTPUT=${source} -DFOLDER=${folder} -DHEADER=${header}
              -P ${TESS2_EMBED_SCRIPT}
      DEPENDS ${files} ${TESS2_EMBED_SCRIPT}
      VERBATIM)
    set(${output_variable} ${source} PARENT_SCOPE)
  endfunction()
  return()
endif()

get_filename_component(layer ${HEADER} DIRECTORY)

function(content_type_of name result)
  get_filename_component(extension ${name} LAST_EXT)
  set(html "text/html; charset=utf-8")
  set(css "text/css; charset=utf-8")
  set(js "text/javascript; charset=utf-8")
  set(svg "image/svg+xml")
  string(SUBSTRING ${extension} 1 -1 key)
  set(${result} ${${key}} PARENT_SCOPE)
endfunction()

file(GLOB files RELATIVE ${FOLDER}
  ${FOLDER}/*.html ${FOLDER}/*.css ${FOLDER}/*.js ${FOLDER}/*.svg)
list(SORT files)
set(arrays "")
set(rows "")
set(index 0)
foreach(name ${files})
  file(READ ${FOLDER}/${name} hex HEX)
  file(SHA256 ${FOLDER}/${name} hash)
  string(SUBSTRING ${hash} 0 16 tag)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  content_type_of(${name} type)
  string(APPEND arrays "constexpr unsigned char kFile${index}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"/${name}\", \"${type}\", \"\\\"${tag}\\\"\", text_of(kFile${index})},\n")
  math(EXPR index "${index} + 1")
endforeach()

set(content "// Made from web files by cmake/EmbedFiles.cmake.
#include \"${HEADER}\"

namespace tess2::${layer} {
namespace {

// Without the zero at the end, which lets an empty file be an array.
template <std::size_t N>
std::string_view text_of(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N - 1};
}

${arrays}
}  // namespace

std::span<const serve::PageFile> page_files() {
  static const serve::PageFile kFiles[] = {
${rows}  };
  return kFiles;
}

}  // namespace tess2::${layer}
")
file(WRITE ${OUTPUT} "${content}")
