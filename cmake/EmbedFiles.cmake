# cmake -DOUTPUT=FILE.cc -DFOLDER=DIR -P EmbedFiles.cmake
#   Writes a C++ file that holds every web file of DIR (see src/serve/page.h).
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

set(content "// Made from the files of src/serve/page by cmake/EmbedFiles.cmake.
#include \"serve/page.h\"

namespace tess2::serve {
namespace {

// Without the zero at the end, which lets an empty file be an array.
template <std::size_t N>
std::string_view text_of(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N - 1};
}

${arrays}
}  // namespace

std::span<const PageFile> page_files() {
  static const PageFile kFiles[] = {
${rows}  };
  return kFiles;
}

}  // namespace tess2::serve
")
file(WRITE ${OUTPUT} "${content}")
