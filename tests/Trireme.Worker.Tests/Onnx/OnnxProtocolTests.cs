using System.Net;
using System.Text.Json;

namespace Trireme.Worker.Tests.Onnx;

public sealed class OnnxProtocolTests(OnnxWorkers workers) : IClassFixture<OnnxWorkers>
{
    private const string Infer = "/v2/models/linear/infer";

    [Fact]
    public async Task A_server_a_model_and_a_version_describe_themselves()
    {
        RunningWorker worker = await workers.Linear;
        Reply server = await worker.GetAsync("/v2");
        Assert.Equal("trireme", server.Json.GetProperty("name").GetString());
        Assert.Equal("binary_tensor_data", server.Json.GetProperty("extensions")[0].GetString());
        Assert.True((await worker.GetAsync("/v2/health/live")).Json.GetProperty("live").GetBoolean());
        Assert.True((await worker.GetAsync("/v2/health/ready")).Json.GetProperty("ready").GetBoolean());
        const string Model =
            """{"name":"linear","versions":["1"],"platform":"onnxruntime_onnx","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3]}]"""
            + ""","outputs":[{"name":"y","datatype":"FP32","shape":[-1,2]}]}""";
        foreach (string path in (string[])["/v2/models/linear", "/v2/models/linear/versions/1"])
        {
            Assert.Equal(Model, (await worker.GetAsync(path)).Body);
            Assert.Equal("""{"name":"linear","ready":true}""", (await worker.GetAsync(path + "/ready")).Body);
        }

        foreach (string path in (string[])["/v2/models/other", "/v2/models/linear/versions/2", "/v2/nothing"])
        {
            Reply missing = await worker.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, missing.Status);
            Assert.Equal(JsonValueKind.String, missing.Error.ValueKind);
        }

        Assert.Contains("/v2/models/linear/infer", (await worker.GetAsync("/v1/models")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flat data", """{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,3,-1,0.5,2e1]}]}""")]
    [InlineData("nested data", """{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,3],[-1,0.5,20]]}]}""")]
    [InlineData(
        "fields in another order, with others beside them",
        """{"x":[{}],"inputs":[{"data":[1,2,3,-1,0.5,20],"datatype":"FP32","parameters":{"a":1},"shape":[2,3],"name":"x"}],"y":{}}""")]
    [InlineData(
        "a chosen output",
        """{"outputs":[{"name":"y"}],"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,3,-1,0.5,20]}]}""")]
    public async Task A_tensor_may_be_sent_as(string sentence, string body)
    {
        Reply reply = await (await workers.Linear).PostAsync(Infer, body);
        Assert.True(reply.Status == HttpStatusCode.OK, $"{sentence}: {reply.Body}");
        Assert.Equal("linear", reply.Json.GetProperty("model_name").GetString());
        Assert.Equal("1", reply.Json.GetProperty("model_version").GetString());
        JsonElement output = Assert.Single(reply.Json.GetProperty("outputs").EnumerateArray());
        Assert.Equal("y FP32 [2,2]", $"{output.GetProperty("name")} {output.GetProperty("datatype")} {output.GetProperty("shape")}");
        float[] data = [.. output.GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
        Assert.Equal([.. OnnxSamples.LinearOf(1, 2, 3), .. OnnxSamples.LinearOf(-1, 0.5f, 20)], data);
    }

    [Fact]
    public async Task An_answer_repeats_the_clients_id_under_any_version()
    {
        const string Body = """{"id":"mine","inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""";
        Reply reply = await (await workers.Linear).PostAsync("/v2/models/linear/versions/1/infer", Body);
        Assert.Equal("mine", reply.Json.GetProperty("id").GetString());
    }

    public static TheoryData<string, string, string> BadRequests { get; } = new()
    {
        { "no JSON", "{\"inputs\":", "The body is not valid JSON: error in line 1 at byte 11:" },
        { "a list", "[]", "body: must be a JSON object" },
        { "no inputs", "{}", "inputs: is missing" },
        { "an empty list", """{"inputs":[]}""", "inputs: lacks the model's input 'x'" },
        { "inputs twice", """{"inputs":[],"inputs":[]}""", "inputs: appears twice" },
        { "a number as input", """{"inputs":[1]}""", "inputs[0]: must be an object" },
        { "more inputs than the model has", """{"inputs":[{},{}]}""", "inputs: has more tensors than the model, which has 1" },
        { "a number as id", """{"id":5,"inputs":[]}""", "id: must be a text" },
        { "no name", """{"shape":[1,3],"datatype":"FP32","data":[1,2,3]}""", "inputs[0].name: is missing" },
        { "an unknown name", With(name: "X1"), "inputs[0].name: the model has no input 'X1'" },
        { "no shape", """{"name":"x","datatype":"FP32","data":[1,2,3]}""", "inputs[0].shape: is missing; the model wants [-1, 3]" },
        { "another rank", With(shape: "[3]"), "inputs[0].shape: is [3]; the model wants [-1, 3]" },
        { "another size", With(shape: "[1,4]"), "inputs[0].shape: is [1, 4]; the model wants [-1, 3]" },
        { "no rows", With(shape: "[0,3]"), "inputs[0].shape[0]: is 0; sizes are whole numbers from 1 to 2147483647" },
        { "half a row", With(shape: "[1,3.5]"), "inputs[0].shape[1]: is 3.5; sizes are whole numbers from 1" },
        { "a text as size", With(shape: "[1,\"3\"]"), "inputs[0].shape[1]: is no number; sizes are whole numbers from 1" },
        { "a size beyond all", With(shape: "[1,1E20]"), "inputs[0].shape[1]: is 1E20; sizes are whole numbers from 1" },
        { "a word as shape", With(shape: "\"1x3\""), "inputs[0].shape: must be a list of numbers" },
        { "a shape beyond all memory", With(shape: "[2147483647,3]"), "inputs[0].shape: asks for more than" },
        { "a shape beyond the data", With(shape: "[1000,3]"), "inputs[0].data: has too few values" },
        {
            "a hundred dimensions",
            With(shape: "[" + string.Join(',', Enumerable.Repeat("1", 100)) + "]"),
            "inputs[0].shape: has more than 16"
        },
        { "another datatype", With(type: "FP64"), "inputs[0].datatype: is FP64; the model wants FP32" },
        { "no datatype", """{"name":"x","shape":[1,3],"data":[1,2,3]}""", "inputs[0].datatype: is missing" },
        { "no data", """{"name":"x","shape":[1,3],"datatype":"FP32"}""", "inputs[0].data: is missing" },
        { "too little data", With(data: "[1,2]"), "inputs[0].data: has " },
        { "too much data", With(data: "[1,2,3,4]"), "inputs[0].data: has more than the 3 values" },
        { "a word in the data", With(data: "[1,\"2\",3]"), "inputs[0].data: holds as value 1 what is no FP32" },
        { "a number beyond all floats", With(data: "[1,2,1e99]"), "inputs[0].data: holds as value 2 what is no FP32" },
        { "data nested too deep", With(data: "[[[1],[2],[3]]]"), "inputs[0].data: holds as value 0 what is no FP32" },
        { "data nested otherwise", With(data: "[[1],[2],[3]]"), "inputs[0].data: has a list of 1 at depth 2" },
        { "data nested in part", With(data: "[[1,2,3],4]"), "inputs[0].data: must be one flat list" },
        { "an object as data", With(data: "{}"), "inputs[0].data: must be a list" },
        { "an unknown output", With(rest: ",\"outputs\":[{\"name\":\"z\"}]"), "outputs[0].name: the model has no output 'z'" },
        { "an output without a name", With(rest: ",\"outputs\":[{}]"), "outputs[0].name: is missing" },
        {
            "a class instead of an output",
            With(rest: ",\"outputs\":[{\"name\":\"y\",\"parameters\":{\"classification\":2}}]"),
            "outputs[0].parameters.classification: is not supported here"
        },
        { "a sequence", With(rest: ",\"parameters\":{\"sequence_id\":7}"), "parameters.sequence_id: is not supported here" },
        {
            "binary data that is not there",
            """{"name":"x","shape":[1,3],"datatype":"FP32","parameters":{"binary_data_size":12}}""",
            "inputs[0].parameters.binary_data_size: is 12; 0 bytes are left"
        },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task A_malformed_request_is_refused_with_its_field(string sentence, string body, string message)
    {
        // Most of the table gives the tensor alone.
        if (body.StartsWith("{\"name\"", StringComparison.Ordinal) || body.StartsWith("{\"shape\"", StringComparison.Ordinal))
        {
            body = $"{{\"inputs\":[{body}]}}";
        }

        Reply reply = await (await workers.Linear).PostAsync(Infer, body);
        Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{sentence}: {(int)reply.Status} {reply.Body}");
        Assert.Contains(message, reply.Error.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_any_length_is_not_repeated_to_its_sender()
    {
        string name = new('n', 100_000);
        Reply reply = await (await workers.Linear).PostAsync(Infer, $$"""{"{{name}}":1,"{{name}}":2}""");
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.InRange(reply.Body.Length, 200, 300);
        Assert.InRange((await (await workers.Linear).PostAsync(Infer, With(name: name))).Body.Length, 100, 300);
    }

    [Fact]
    public async Task Every_datatype_goes_in_and_comes_out_as_JSON()
    {
        Dictionary<string, string> values = new()
        {
            ["BOOL"] = "[true,false]",
            ["UINT8"] = "[0,255]",
            ["UINT16"] = "[0,65535]",
            ["UINT32"] = "[0,4294967295]",
            ["UINT64"] = "[0,18446744073709551615]",
            ["INT8"] = "[-128,127]",
            ["INT16"] = "[-32768,32767]",
            ["INT32"] = "[-2147483648,2147483647]",
            ["INT64"] = "[-9223372036854775808,9223372036854775807]",
            ["FP16"] = "[0.5,-65504]",
            ["FP32"] = "[0.1,-3.4E+38]",
            ["FP64"] = "[0.1,-1.7E+308]",
            ["BYTES"] = """["","Grüße 🚣"]""",
        };
        string inputs = string.Join(',', OnnxSamples.Types.Select(type =>
            $$"""{"name":"{{type.DataType}}","datatype":"{{type.DataType}}","shape":[1,2],"data":{{values[type.DataType]}}}"""));
        Reply reply = await (await workers.Identities).PostAsync("/v2/models/identities/infer", $$"""{"inputs":[{{inputs}}]}""");
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        JsonElement[] outputs = [.. reply.Json.GetProperty("outputs").EnumerateArray()];
        Assert.Equal(OnnxSamples.Types.Length, outputs.Length);
        foreach (JsonElement output in outputs)
        {
            string type = output.GetProperty("datatype").GetString()!;
            Assert.Equal("same_" + type, output.GetProperty("name").GetString());
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(values[type]), output.GetProperty("data")), output.ToString());
        }
    }

    [Theory]
    [InlineData("UINT8", "256")]
    [InlineData("INT8", "-129")]
    [InlineData("UINT64", "-1")]
    [InlineData("INT32", "0.5")]
    [InlineData("INT64", "9223372036854775808")]
    [InlineData("FP16", "70000")]
    [InlineData("BOOL", "1")]
    [InlineData("BYTES", "1")]
    [InlineData("BYTES", "\"\\ud800\"")]
    public async Task A_value_outside_its_datatype_is_refused(string type, string value)
    {
        string body = $$"""{"inputs":[{"name":"{{type}}","datatype":"{{type}}","shape":[1,2],"data":[{{value}},{{value}}]}]}""";
        Reply reply = await (await workers.Identities).PostAsync("/v2/models/identities/infer", body);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.StartsWith("inputs[0].data: ", reply.Error.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_differ_between_inputs_are_refused()
    {
        string inputs = string.Join(',', OnnxSamples.Types.Select(type =>
        {
            string value = type.DataType switch { "BOOL" => "true", "BYTES" => "\"a\"", _ => "1" };
            int rows = type.DataType == "INT8" ? 2 : 1;
            string data = string.Join(',', Enumerable.Repeat(value, rows * 2));
            return $$"""{"name":"{{type.DataType}}","datatype":"{{type.DataType}}","shape":[{{rows}},2],"data":[{{data}}]}""";
        }));
        Reply reply = await (await workers.Identities).PostAsync("/v2/models/identities/infer", $$"""{"inputs":[{{inputs}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("inputs[5].shape: has 2 rows, and the input 'BOOL' has 1.", reply.Error.GetString());
    }

    [Fact]
    public async Task A_map_per_row_comes_as_a_tensor_with_its_labels()
    {
        RunningWorker worker = await workers.ZipMap;
        JsonElement declared = (await worker.GetAsync("/v2/models/zipmap")).Json.GetProperty("outputs")[0];
        Assert.Equal("""{"name":"probabilities","datatype":"FP32","shape":[-1,-1]}""", declared.ToString());
        const string Body = """{"inputs":[{"name":"scores","shape":[2,3],"datatype":"FP32","data":[0.5,0.25,0.25,0,1,0]}]}""";
        JsonElement output = (await worker.PostAsync("/v2/models/zipmap/infer", Body)).Json.GetProperty("outputs")[0];
        Assert.Equal("[2,3]", output.GetProperty("shape").ToString());
        string[] labels = JsonSerializer.Deserialize<string[]>(output.GetProperty("parameters").GetProperty("labels").GetString()!)!;
        // ONNX Runtime keeps a map in the order of its keys.
        int yes = Array.IndexOf(labels, "yes"), no = Array.IndexOf(labels, "no"), maybe = Array.IndexOf(labels, "maybe");
        float[] data = [.. output.GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
        Assert.Equal([0.5f, 0.25f, 0.25f, 0, 1, 0], [data[no], data[maybe], data[yes], data[3 + no], data[3 + maybe], data[3 + yes]]);
    }

    [Fact]
    public async Task A_result_JSON_cannot_say_is_an_error_with_the_way_out()
    {
        const string Body = """{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,-1]}]}""";
        Reply reply = await (await workers.Logarithm).PostAsync("/v2/models/logarithm/infer", Body);
        Assert.Equal(HttpStatusCode.InternalServerError, reply.Status);
        Assert.Contains("'y' holds NaN", reply.Error.GetString(), StringComparison.Ordinal);
        Assert.Contains("binary_data", reply.Error.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_the_model_fails_on_is_an_error_and_the_next_request_is_answered()
    {
        RunningWorker worker = await workers.Lookup;
        Reply failed = await worker.PostAsync("/v2/models/lookup/infer", Index(9));
        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        Assert.StartsWith("The model failed on these inputs", failed.Error.GetString(), StringComparison.Ordinal);
        Reply sound = await worker.PostAsync("/v2/models/lookup/infer", Index(3));
        Assert.Equal("[13]", sound.Json.GetProperty("outputs")[0].GetProperty("data").ToString());

        static string Index(int index) => $$"""{"inputs":[{"name":"index","shape":[1],"datatype":"INT64","data":[{{index}}]}]}""";
    }

    [Fact]
    public async Task A_form_a_web_page_could_send_is_refused()
    {
        using var form = new StringContent("{}", System.Text.Encoding.UTF8, "text/plain");
        RunningWorker worker = await workers.Linear;
        Reply reply = await Reply.ReadAsync(await worker.Http.PostAsync(Infer, form, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, reply.Status);
    }

    private static string With(
        string name = "x", string shape = "[1,3]", string type = "FP32", string data = "[1,2,3]", string rest = "") =>
        $$"""{"inputs":[{"name":"{{name}}","shape":{{shape}},"datatype":"{{type}}","data":{{data}}}]{{rest}}}""";
}
