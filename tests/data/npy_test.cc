#include "data/npy.h"

#include <gmock/gmock.h>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

using ::testing::EndsWith;

class Npy : public FolderTest {
 protected:
  /// A file of version `version` with this dictionary and these bytes of elements.
  std::filesystem::path file_of(const std::string& dictionary, std::size_t bytes,
                                char version = 1) const {
    std::string text = std::string("\x93NUMPY") + version + '\0';
    text += static_cast<char>(dictionary.size());
    text += '\0';
    if (version > 1) text += std::string(2, '\0');
    return write("a.npy", text + dictionary + std::string(bytes, '\x01'));
  }
  std::string problem(const std::string& dictionary, std::size_t bytes) const {
    return error_of([&] { NpyArray(file_of(dictionary, bytes)); });
  }
};

TEST_F(Npy, HeadersAreReadAsTheyAreWritten) {
  for (const NpyType type : {NpyType::kUint16, NpyType::kUint32, NpyType::kInt64}) {
    const std::string header = npy_header(type, 3);
    EXPECT_EQ(header.size(), kNpyHeaderSize);
    EXPECT_EQ(npy_header(type, ~0ULL).size(), kNpyHeaderSize);
    const NpyArray array(write("a.npy", header + std::string(3 * size_of(type), '\x02')));
    EXPECT_EQ(array.type(), type);
    EXPECT_EQ(array.size(), 3u);
    EXPECT_EQ(array[2],
              static_cast<std::int64_t>(0x0202020202020202ULL >> (64 - 8 * size_of(type))));
  }
}

TEST_F(Npy, OtherWritersMayOrderAndSpaceTheHeaderAsTheyLike) {
  const NpyArray array(file_of("{'shape':( 2 , ) ,'fortran_order':True,'descr' : '<u4'}\n", 8, 2));
  EXPECT_EQ(array.type(), NpyType::kUint32);
  EXPECT_EQ(array.size(), 2u);
  EXPECT_EQ(array[1], 0x01010101);
}

TEST_F(Npy, WrongHeadersAreNamed) {
  EXPECT_THAT(problem("{'descr': '<f4', 'shape': (1,)}", 4),
              EndsWith("descr: expected '<u2', '<u4' or '<i8', found '<f4'"));
  EXPECT_THAT(problem("{'shape': (1,)}", 4), EndsWith("found nothing"));
  EXPECT_THAT(problem("{'descr': '>u2', 'shape': (1,)}", 2), EndsWith("found '>u2'"));
  for (const char* shape :
       {"(2, 1)", "()", "(2)", "(-2,)", "(x,)", "2", "(99999999999999999999,)"}) {
    EXPECT_THAT(problem(std::string("{'descr': '<u2', 'shape': ") + shape + "}", 4),
                EndsWith("shape: expected one dimension, found " + std::string(shape)))
        << shape;
  }
  EXPECT_THAT(problem("{'descr': '<u2', 'shape': (3,)}", 4),
              EndsWith("a.npy: expected 3 elements of 2 bytes, found 4 bytes"));
  EXPECT_THAT(problem("{'descr': '<u2', 'shape': (2,)}", 5), EndsWith("found 5 bytes"));
  EXPECT_THAT(problem("{'descr': '<i8', 'shape': (2305843009213693953,)}", 8),
              EndsWith("found 8 bytes"));
}

TEST_F(Npy, OtherFilesAreRefused) {
  const auto problem_of = [&](const std::string& content) {
    return error_of([&] { NpyArray(write("a.npy", content)); });
  };
  const std::string header = npy_header(NpyType::kUint16, 0);
  EXPECT_THAT(problem_of("{\"text\": 1}"),
              EndsWith("expected an array file of NumPy, found another beginning"));
  EXPECT_THAT(problem_of(header.substr(0, 8)),
              EndsWith("header: expected its length, found the end of the file"));
  EXPECT_THAT(problem_of(header.substr(0, 100)),
              EndsWith("header: expected 118 bytes, found the end of the file"));
}

}  // namespace
}  // namespace tess2::data
