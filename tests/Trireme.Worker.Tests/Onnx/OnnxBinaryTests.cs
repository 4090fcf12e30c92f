using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Trireme.Worker.Tests.Onnx;

/// <summary>The binary tensor data extension.</summary>
public sealed class OnnxBinaryTests(OnnxWorkers workers) : IClassFixture<OnnxWorkers>
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    [Fact]
    public async Task Tensors_go_in_and_come_out_as_bytes_not_finite_ones_too()
    {
        byte[] data = MemoryMarshal.AsBytes<float>([1, -1]).ToArray();
        const string Header =
            """{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]"""
            + ""","parameters":{"binary_data_output":true}}""";
        using HttpResponseMessage response = await SendAsync(await workers.Logarithm, "/v2/models/logarithm/infer", Header, data);
        (JsonElement json, byte[] rest) = await ReadAsync(response);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(8, json.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.False(json.GetProperty("outputs")[0].TryGetProperty("data", out _));
        Assert.Equal([0, float.NaN], MemoryMarshal.Cast<byte, float>(rest).ToArray());
    }

    [Fact]
    public async Task Texts_have_their_lengths_before_them_and_JSON_and_bytes_may_be_mixed()
    {
        byte[] texts = [.. Text("Grüße"), .. Text("")];
        string inputs = string.Join(',', OnnxSamples.Types.Select(type => type.DataType switch
        {
            "BYTES" => Binary("BYTES", texts.Length),
            "BOOL" => Binary("BOOL", 2),
            var other => $$"""{"name":"{{other}}","datatype":"{{other}}","shape":[1,2],"data":[1,2]}""",
        }));
        string header = $$$"""
            {"inputs":[{{{inputs}}}],"outputs":[{"name":"same_INT64"},{"name":"same_BYTES","parameters":{"binary_data":true}}]}
            """;
        // Bytes come in the order of the inputs: BOOL is the first and BYTES the last.
        using HttpResponseMessage response =
            await SendAsync(await workers.Identities, "/v2/models/identities/infer", header, [1, 0, .. texts]);
        (JsonElement json, byte[] rest) = await ReadAsync(response);
        Assert.Equal("[1,2]", json.GetProperty("outputs")[0].GetProperty("data").ToString());
        Assert.Equal(texts, rest);

        static string Binary(string type, int size) =>
            $$$"""{"name":"{{{type}}}","datatype":"{{{type}}}","shape":[1,2],"parameters":{"binary_data_size":{{{size}}}}}""";
    }

    [Theory]
    [InlineData("too few bytes for the shape", "FP32", 4, "0000803f", "binary_data_size: is 4; 2 values of FP32 take 8 bytes")]
    [InlineData("more bytes than there are", "FP32", 12, "0000803f0000803f", "binary_data_size: is 12; 8 bytes are left")]
    [InlineData("a truth value of two", "BOOL", 2, "0102", "covers a BOOL that is neither 0 nor 1")]
    [InlineData("a text longer than the rest", "BYTES", 8, "0000000005000000", "ends within text 1")]
    [InlineData("a text of four billion bytes", "BYTES", 8, "ffffffff00000000", "ends within text 0")]
    [InlineData("no UTF-8", "BYTES", 9, "01000000ff00000000", "covers a text 0 that is no UTF-8")]
    [InlineData("bytes behind the last text", "BYTES", 9, "000000000000000000", "covers 1 bytes behind the last text")]
    [InlineData("room for one text only", "BYTES", 4, "00000000", "has no room for 2 texts")]
    public async Task Bytes_that_do_not_fit_are_refused(string sentence, string type, int size, string bytes, string message)
    {
        string header =
            $$$"""{"inputs":[{"name":"{{{type}}}","datatype":"{{{type}}}","shape":[1,2],"parameters":{"binary_data_size":{{{size}}}}}]}""";
        using HttpResponseMessage response =
            await SendAsync(await workers.Identities, "/v2/models/identities/infer", header, Convert.FromHexString(bytes));
        Reply reply = await Reply.ReadAsync(response);
        Assert.True(reply.Status == HttpStatusCode.BadRequest, sentence);
        Assert.Contains(message, reply.Error.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_belong_to_nothing_are_refused()
    {
        const string Header = """{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""";
        using HttpResponseMessage response = await SendAsync(await workers.Logarithm, "/v2/models/logarithm/infer", Header, [1, 2, 3]);
        Reply reply = await Reply.ReadAsync(response);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("body: has 3 bytes that belong to no tensor.", reply.Error.GetString());
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("9999")]
    [InlineData("two")]
    public async Task A_header_length_that_cannot_be_is_refused(string length)
    {
        using HttpResponseMessage response = await SendAsync(await workers.Linear, "/v2/models/linear/infer", "{}", [], length);
        Reply reply = await Reply.ReadAsync(response);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Contains(HeaderLength, reply.Error.GetString(), StringComparison.Ordinal);
    }

    private static byte[] Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var bytes = new byte[sizeof(uint) + utf8.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, utf8.Length);
        utf8.CopyTo(bytes, sizeof(uint));
        return bytes;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        RunningWorker worker, string path, string header, byte[] data, string? length = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent([.. json, .. data]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.Add(HeaderLength, length ?? json.Length.ToString(CultureInfo.InvariantCulture));
        return await worker.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<(JsonElement Json, byte[] Tail)> ReadAsync(HttpResponseMessage response)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        int length = int.Parse(response.Headers.GetValues(HeaderLength).Single(), CultureInfo.InvariantCulture);
        return (JsonElement.Parse(Encoding.UTF8.GetString(body, 0, length)), body[length..]);
    }
}
