using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Tests.Serving;

namespace Trireme.ApiServer.Tests.Parsing;

public sealed class ProtobufReaderTests(SharedServer server)
{
    [Fact]
    public void A_lease_is_read_with_its_times()
    {
        byte[] time = [.. Varint(1, 1_700_000_000), .. Varint(2, 123_456_789)];
        byte[] spec = [.. Bytes(1, "me"u8), .. Varint(2, 15), .. Bytes(4, time)];
        byte[] label = [.. Bytes(1, "a"u8), .. Bytes(2, "b"u8)];
        byte[] metadata = [.. Bytes(1, "leader"u8), .. Bytes(2, ""u8), .. Varint(7, 0), .. Bytes(11, label)];
        JsonObject lease = ProtobufReader.Parse(Envelope("coordination.k8s.io/v1", "Lease", [.. Bytes(1, metadata), .. Bytes(2, spec)]));
        Assert.Equal("""{"name":"leader","labels":{"a":"b"}}""", lease["metadata"]!.ToJsonString());
        Assert.Equal(
            """{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2023-11-14T22:13:20.123456Z"}""",
            lease["spec"]!.ToJsonString());
        Assert.Equal("coordination.k8s.io/v1 Lease", $"{lease["apiVersion"]} {lease["kind"]}");
    }

    [Fact]
    public void An_unknown_kind_or_field_is_refused_rather_than_lost()
    {
        Assert.Throws<FormatException>(() => ProtobufReader.Parse(Envelope("v1", "Node", [])));
        Assert.Throws<FormatException>(() => ProtobufReader.Parse(Envelope("v1", "ConfigMap", Varint(99, 1))));
    }

    [Fact]
    public void A_job_is_read_with_what_its_client_left_out_and_what_is_nothing_on_purpose()
    {
        byte[] volume = [.. Bytes(1, "v"u8), .. Bytes(2, Bytes(2, []))];
        byte[] request = [.. Bytes(1, "cpu"u8), .. Bytes(2, Bytes(1, "500m"u8))];
        byte[] container =
        [
            .. Bytes(1, "c"u8), .. Bytes(2, "i"u8), .. Bytes(3, "sleep"u8), .. Bytes(3, "1"u8), .. Bytes(5, ""u8),
            .. Bytes(8, Bytes(2, request)), .. Varint(16, 0),
        ];
        byte[] pod = [.. Bytes(1, volume), .. Bytes(2, container), .. Bytes(3, "Never"u8), .. Varint(11, 0)];
        byte[] spec = [.. Varint(1, 0), .. Bytes(6, [.. Bytes(1, Bytes(8, [])), .. Bytes(2, pod)]), .. Varint(7, 0), .. Varint(10, 0)];
        JsonObject job = ProtobufReader.Parse(Envelope("batch/v1", "Job", [.. Bytes(1, Bytes(1, "j"u8)), .. Bytes(2, spec)]));
        Assert.Equal(
            """
            {"parallelism":0,"template":{"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"c","image":"i",
            "command":["sleep","1"],"resources":{"requests":{"cpu":"500m"}}}],"restartPolicy":"Never"}},"backoffLimit":0,"suspend":false}
            """.ReplaceLineEndings(""),
            job["spec"]!.ToJsonString());
    }

    [Theory]
    [InlineData(0, 2, "", """{"minAvailable":2,"selector":{}}""")]
    [InlineData(1, 0, "50%", """{"minAvailable":"50%","selector":{}}""")]
    public void A_number_or_text_is_what_it_says_and_an_empty_selector_is_one(int type, ulong number, string text, string expected)
    {
        byte[] least = [.. Varint(1, (ulong)type), .. Varint(2, number), .. Bytes(3, Encoding.UTF8.GetBytes(text))];
        byte[] spec = [.. Bytes(1, least), .. Bytes(2, [])];
        JsonObject budget = ProtobufReader.Parse(Envelope("policy/v1", "PodDisruptionBudget", Bytes(2, spec)));
        Assert.Equal(expected, budget["spec"]!.ToJsonString());
    }

    [Fact]
    public async Task Options_of_a_deletion_are_read()
    {
        byte[] options = [.. Varint(1, 0), .. Bytes(2, Bytes(1, "another"u8)), .. Bytes(4, "Background"u8)];
        string ns = await server.NewNamespaceAsync();
        await server.Api.PostAsync(Objects.ConfigMaps(ns), Objects.ConfigMap("a"));
        Assert.Equal(409, await DeleteAsync(options));
        Assert.Equal(200, await DeleteAsync(Bytes(4, "Background"u8)));

        async Task<int> DeleteAsync(byte[] sent)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, Objects.ConfigMaps(ns, "a"));
            request.Content = new ByteArrayContent(Envelope("v1", "DeleteOptions", sent));
            request.Content.Headers.ContentType = new(ProtobufReader.ContentType);
            using HttpResponseMessage response = await server.Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)response.StatusCode;
        }
    }

    [Theory]
    [InlineData("v1", "ConfigMap")]
    [InlineData("v1", "Pod")]
    [InlineData("policy/v1", "PodDisruptionBudget")]
    public void Any_bytes_are_parsed_or_refused(string apiVersion, string kind)
    {
        Gen.Byte.Array[0, 40].Sample(content =>
        {
            try
            {
                Assert.Equal(kind, (string?)ProtobufReader.Parse(Envelope(apiVersion, kind, content))["kind"]);
            }
            catch (FormatException)
            {
                // Refusing is fine; any other exception fails the test.
            }
        });
    }

    private static byte[] Envelope(string apiVersion, string kind, byte[] raw)
    {
        byte[] type = [.. Bytes(1, Encoding.UTF8.GetBytes(apiVersion)), .. Bytes(2, Encoding.UTF8.GetBytes(kind))];
        return [.. "k8s\0"u8, .. Bytes(1, type), .. Bytes(2, raw)];
    }

    private static byte[] Bytes(int number, ReadOnlySpan<byte> content) =>
        [.. Number((ulong)((number << 3) | 2)), .. Number((ulong)content.Length), .. content];

    private static byte[] Varint(int number, ulong value) => [.. Number((ulong)(number << 3)), .. Number(value)];

    private static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
