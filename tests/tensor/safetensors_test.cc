#include "tensor/safetensors.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::tensor {
namespace {

namespace fs = std::filesystem;
using test_support::error_of;
using test_support::names_in;
using test_support::TemporaryFolder;

/// A file with this header text and so many zero bytes of data.
std::string file_bytes(const std::string& header, std::size_t data_size) {
  std::string bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + std::string(data_size, '\0');
}

at::Tensor some_numbers(at::IntArrayRef shape, at::ScalarType dtype) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  const at::Tensor numbers = at::arange(count, at::kFloat).mul(0.75).view(shape);
  return dtype == at::kBool ? numbers.gt(3) : numbers.to(dtype);
}

class SafetensorsTest : public ::testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_.path() / name; }

  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

  /// What the reader says of a file with this header and data, without the file's name.
  std::string complaint(const std::string& header, std::size_t data_size) const {
    const fs::path file = write("a.safetensors", file_bytes(header, data_size));
    return error_of([&] { SafetensorsFile reader(file); }).substr(file.string().size() + 2);
  }

  TemporaryFolder folder_;
};

TEST_F(SafetensorsTest, EveryDtypeComesBackAsItWas) {
  std::vector<NamedTensor> tensors;
  for (const at::ScalarType dtype :
       {at::kBool, at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kBFloat16,
        at::kFloat, at::kDouble}) {
    tensors.push_back({dtype_name(dtype), some_numbers({3, 5}, dtype)});
  }
  write_safetensors(path("a"), tensors);
  const SafetensorsFile file(path("a"));
  EXPECT_EQ(file.names().size(), 10u);
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor found = file.tensor(name);
    EXPECT_EQ(found.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(found, tensor)) << name;
  }
}

TEST_F(SafetensorsTest, ShapesOfEveryKindComeBack) {
  const std::vector<NamedTensor> tensors = {{"scalar", at::scalar_tensor(2.5)},
                                            {"empty", at::empty({0, 3})},
                                            {"cube", some_numbers({2, 3, 4}, at::kFloat)},
                                            {"turned", some_numbers({2, 3}, at::kFloat).t()}};
  write_safetensors(path("a"), tensors);
  const SafetensorsFile file(path("a"));
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(file.tensor(name).sizes(), tensor.sizes()) << name;
    EXPECT_TRUE(at::equal(file.tensor(name), tensor)) << name;
  }
}

TEST_F(SafetensorsTest, TheBytesAreThoseOfTheFormat) {
  const std::vector<NamedTensor> tensors = {{"b", at::tensor({1, 2}, at::kByte)},
                                            {"a", at::tensor({1.0f}, at::kFloat)}};
  write_safetensors(path("a"), tensors);
  const std::string header =
      "{\"__metadata__\":{\"format\":\"pt\"},"
      "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
      "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]}}";
  const std::string padded = header + std::string(63 - (8 + header.size() + 63) % 64, ' ');
  const std::string whole = file_bytes(padded, 0) + std::string("\0\0\x80\x3f\x01\x02", 6);
  EXPECT_EQ(read_text_file(path("a")), whole);
}

TEST_F(SafetensorsTest, FloatingPointIsConvertedOnDemand) {
  const std::vector<NamedTensor> tensors = {{"x", some_numbers({7}, at::kFloat)},
                                            {"n", at::arange(3, at::kLong)}};
  write_safetensors(path("a"), tensors, {at::kBFloat16});
  const SafetensorsFile file(path("a"));
  EXPECT_EQ(file.entry("x").dtype, at::kBFloat16);
  EXPECT_EQ(file.entry("n").dtype, at::kLong);
  EXPECT_TRUE(at::equal(file.tensor("x"), tensors[0].tensor.to(at::kBFloat16)));
}

TEST_F(SafetensorsTest, ATensorKeepsTheMapAndNeverChangesTheFile) {
  write_safetensors(path("a"), std::vector<NamedTensor>{{"x", at::ones({4})}});
  at::Tensor x = SafetensorsFile(path("a")).tensor("x");
  x.fill_(7.0);
  EXPECT_EQ(x.sum().item<float>(), 28.0f);
  EXPECT_EQ(SafetensorsFile(path("a")).tensor("x").sum().item<float>(), 4.0f);
}

TEST_F(SafetensorsTest, MisalignedNumbersAreRead) {
  std::string header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
  while (header.size() % 4 != 1) header += ' ';
  std::string bytes = file_bytes(header, 0) + std::string("\0\0\x80\x3f", 4);
  EXPECT_EQ(SafetensorsFile(write("a", bytes)).tensor("x").item<float>(), 1.0f);
}

TEST_F(SafetensorsTest, AnyByteButZeroIsTrue) {
  const std::string header = "{\"x\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[0,2]}}";
  const std::string bytes = file_bytes(header, 0) + std::string("\0\x07", 2);
  const at::Tensor x = SafetensorsFile(write("a", bytes)).tensor("x");
  EXPECT_TRUE(at::equal(x, at::tensor({0, 1}, at::kByte).to(at::kBool)));
}

TEST_F(SafetensorsTest, AMissingTensorIsNamed) {
  write_safetensors(path("a"), std::vector<NamedTensor>{{"x", at::ones({4})}});
  const SafetensorsFile file(path("a"));
  EXPECT_FALSE(file.has("y"));
  EXPECT_EQ(error_of([&] { file.tensor("y"); }),
            path("a").string() + ": y: expected a tensor, found none");
}

TEST_F(SafetensorsTest, AFileShorterThanItsHeaderSaysIsRefused) {
  const fs::path file = write("a", "{}");
  EXPECT_EQ(error_of([&] { SafetensorsFile reader(file); }),
            file.string() + ": expected at least 8 bytes, found 2");
  write("a", file_bytes("{}", 0).substr(0, 9));
  EXPECT_EQ(error_of([&] { SafetensorsFile reader(file); }),
            file.string() +
                ": header: expected 2 bytes, as the file says, found 1 bytes (is the "
                "file cut short?)");
  write("a", std::string(8, '\xff') + "{}");
  EXPECT_THROW(SafetensorsFile{file}, FormatError);
}

TEST_F(SafetensorsTest, ATruncatedFileIsRefusedAtEveryLength) {
  write_safetensors(path("a"), std::vector<NamedTensor>{{"x", at::ones({3, 2})}});
  const std::string whole = read_text_file(path("a"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const fs::path file = write("cut", whole.substr(0, length));
    EXPECT_THROW(SafetensorsFile{file}, FormatError) << length;
  }
}

struct Lie {
  std::string name;
  std::string header;
  std::size_t data_size;
  std::string complaint;
};

class LyingHeader : public SafetensorsTest, public ::testing::WithParamInterface<Lie> {};

TEST_P(LyingHeader, IsRefusedWithTheTensorAndBothValues) {
  EXPECT_EQ(complaint(GetParam().header, GetParam().data_size), GetParam().complaint);
}

const std::string kDtypes = "one of F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL";

INSTANTIATE_TEST_SUITE_P(
    Kinds, LyingHeader,
    ::testing::Values(
        Lie{"NotJson", "{\"x\":", 0,
            "header: expected a JSON object, found malformed JSON at byte 6"},
        Lie{"NotAnObject", "[1]", 0, "header: expected a JSON object, found [1]"},
        Lie{"EntryIsNoObject", R"({"x":3})", 0, "x: expected an object, found 3"},
        Lie{"NoDtype", R"({"x":{"shape":[],"data_offsets":[0,4]}})", 4,
            "x.dtype: expected a value, found none"},
        Lie{"UnknownDtype", R"({"x":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}})", 4,
            "x.dtype: expected " + kDtypes + ", found \"F8_E4M3\""},
        Lie{"DtypeIsNoString", R"({"x":{"dtype":32,"shape":[1],"data_offsets":[0,4]}})", 4,
            "x.dtype: expected " + kDtypes + ", found 32"},
        Lie{"NoShape", R"({"x":{"dtype":"F32","data_offsets":[0,4]}})", 4,
            "x.shape: expected a value, found none"},
        Lie{"NegativeShape", R"({"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
            "x.shape: expected a list of sizes, found [-1]"},
        Lie{"FractionalShape", R"({"x":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4,
            "x.shape: expected a list of sizes, found [1.0]"},
        Lie{"ShapeOverflows",
            R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0,
            "x.shape: expected a size below 2^63 bytes, found [4611686018427387904, 4]"},
        Lie{"EmptyShapeOverflows",
            R"({"x":{"dtype":"U8","shape":[0,9223372036854775807,3],"data_offsets":[0,0]}})", 0,
            "x.shape: expected a size below 2^63 bytes, found [0, 9223372036854775807, 3]"},
        Lie{"ShapeIsNotTheRange", R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
            "x: expected 8 bytes for F32 [2], found 4"},
        Lie{"DtypeIsNotTheRange", R"({"x":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}})", 4,
            "x: expected 2 bytes for F16 [1], found 4"},
        Lie{"OneOffset", R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4]}})", 4,
            "x.data_offsets: expected a begin and an end, found [4]"},
        Lie{"OffsetsTurned", R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4,
            "x.data_offsets: expected a begin and an end, found [4,0]"},
        Lie{"PastTheEnd", R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4,
            "x.data_offsets: expected an end within the file's 4 bytes of data, found 8"},
        Lie{"Overlap",
            R"({"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
            R"("y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
            4,
            "y: expected data from byte 3 on, where the one before it ends, found from byte 2 "
            "(they overlap)"},
        Lie{"Gap",
            R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
            R"("y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
            4,
            "y: expected data from byte 1 on, where the one before it ends, found from byte 2 "
            "(a gap)"},
        Lie{"DataLeftOver", R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 4,
            "header: expected 4 bytes of tensors, as the file has, found 1"},
        Lie{"RepeatedTensor",
            R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
            R"("x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
            1, "x: expected one value, found the key given twice"},
        Lie{"MetadataIsNoText", R"({"__metadata__":{"format":1}})", 0,
            "__metadata__.format: expected a string, found 1"},
        Lie{"DeeplyNested", "{\"x\":" + std::string(5000, '['), 0,
            "expected at most 32 nested values, found more"}),
    [](const auto& test) { return test.param.name; });

class TensorFolderTest : public SafetensorsTest {
 protected:
  const std::vector<NamedTensor> tensors_ = {{"one", some_numbers({4}, at::kFloat)},
                                             {"two", some_numbers({3, 2}, at::kFloat)},
                                             {"three", some_numbers({2}, at::kFloat)},
                                             {"large", some_numbers({100}, at::kFloat)}};

  std::string index_complaint(const std::string& index) const {
    const fs::path file = write("model.safetensors.index.json", index);
    const std::string message = error_of([&] { TensorFolder reader(folder_.path()); });
    return message.substr(folder_.path().string().size() + 1);
  }
};

TEST_F(TensorFolderTest, ShardsHoldWhatTheSingleFileHolds) {
  write_tensor_folder(folder_.path(), tensors_, {std::nullopt, 40});
  EXPECT_EQ(names_in(folder_.path()),
            (std::vector<std::string>{
                "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors", "model.safetensors.index.json"}));
  const TensorFolder folder(folder_.path());
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"large", "one", "three", "two"}));
  for (const auto& [name, tensor] : tensors_) EXPECT_TRUE(at::equal(folder.tensor(name), tensor));
  EXPECT_EQ(folder.file_of("one").path().filename(), "model-00001-of-00003.safetensors");
  EXPECT_EQ(folder.file_of("three").path().filename(), "model-00002-of-00003.safetensors");
}

TEST_F(TensorFolderTest, OneFileWhereAllFits) {
  write_tensor_folder(folder_.path(), tensors_, {at::kHalf, 2 * (4 + 6 + 2 + 100)});
  EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"model.safetensors"});
  const TensorFolder folder(folder_.path());
  EXPECT_EQ(folder.source(), path("model.safetensors"));
  EXPECT_EQ(folder.entry("two").shape, (std::vector<std::int64_t>{3, 2}));
}

TEST_F(TensorFolderTest, WithoutEitherFileItSaysWhatWasLookedFor) {
  EXPECT_EQ(error_of([&] { TensorFolder reader(folder_.path()); }),
            folder_.path().string() +
                ": expected model.safetensors or model.safetensors.index.json, found neither");
}

TEST_F(TensorFolderTest, AMissingTensorIsLookedForInTheIndex) {
  write_tensor_folder(folder_.path(), tensors_, {std::nullopt, 40});
  EXPECT_EQ(
      error_of([&] { TensorFolder(folder_.path()).tensor("four"); }),
      path("model.safetensors.index.json").string() + ": four: expected a tensor, found none");
}

TEST_F(TensorFolderTest, AnIndexThatLiesIsRefused) {
  const std::string index = "model.safetensors.index.json: ";
  EXPECT_EQ(index_complaint("{"), index + "expected a JSON object, found malformed JSON at byte 2");
  EXPECT_EQ(index_complaint("{}"), index + "weight_map: expected an object, found none");
  EXPECT_EQ(index_complaint(R"({"weight_map": 3})"),
            index + "weight_map: expected an object, found 3");
  EXPECT_EQ(index_complaint(R"({"weight_map": {"x": "none.safetensors"}})"),
            "none.safetensors: cannot be opened: No such file or directory");
  write_safetensors(path("a.safetensors"), std::vector<NamedTensor>{{"y", at::ones({1})}});
  EXPECT_EQ(index_complaint(R"({"weight_map": {"x": "a.safetensors"}})"),
            "a.safetensors: x: expected a tensor, found none");
}

TEST_F(TensorFolderTest, ShardsStayInsideTheFolder) {
  for (const std::string shard :
       {"\"../a\"", "\"/etc/passwd\"", "\"..\"", "\"\"", "\"sub/a\"", "7", "\"a\\u0000b\""}) {
    EXPECT_NE(index_complaint("{\"weight_map\": {\"x\": " + shard + "}}")
                  .find("x: expected the name of a file in this folder, found "),
              std::string::npos)
        << shard;
  }
}

TEST_F(SafetensorsTest, TensorsMayBeWrittenOneByOneInAnyOrder) {
  const at::Tensor a = at::arange(5, at::kFloat), b = at::arange(7, at::kByte);
  SafetensorsWriter writer(path("a"), {{"b", at::kByte, {7}}, {"a", at::kFloat, {5}}});
  writer.put("b", b);
  EXPECT_EQ(error_of([&] { writer.put("a", at::ones({4})); }),
            "a: expected F32 [5] to write, found F32 [4]");
  EXPECT_EQ(error_of([&] { writer.put("b", b); }), "b: expected a tensor still to be written");
  EXPECT_EQ(error_of([&] { writer.commit(); }), "a: was not written");
  EXPECT_TRUE(names_in(folder_.path()).empty() || !fs::exists(path("a")));
  writer.put("a", a);
  writer.commit();
  write_safetensors(path("whole"), std::vector<NamedTensor>{{"b", b}, {"a", a}});
  EXPECT_EQ(read_text_file(path("a")), read_text_file(path("whole")));
}

TEST_F(SafetensorsTest, WhatCannotBeWrittenIsRefusedBeforeAnyFile) {
  const auto saying = [&](const std::vector<NamedTensor>& tensors) {
    return error_of([&] { write_safetensors(path("a"), tensors); });
  };
  EXPECT_EQ(saying({{"x", at::Tensor()}}), "x: expected a tensor to save, found none");
  EXPECT_EQ(saying({{"x", at::ones({1})}, {"x", at::ones({1})}}),
            "x: expected one tensor to save, found two");
  EXPECT_EQ(saying({{"x", at::ones({1}, at::kComplexFloat)}}),
            "dtype: expected " + kDtypes + ", found ComplexFloat");
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

}  // namespace
}  // namespace tess2::tensor
