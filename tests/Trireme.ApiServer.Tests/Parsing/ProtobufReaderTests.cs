using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Tests.Parsing;

public sealed class ProtobufReaderTests
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
        Assert.Throws<FormatException>(() => ProtobufReader.Parse(Envelope("v1", "Pod", [])));
        Assert.Throws<FormatException>(() => ProtobufReader.Parse(Envelope("v1", "ConfigMap", Varint(99, 1))));
    }

    [Fact]
    public void Any_bytes_are_parsed_or_refused()
    {
        Gen.Byte.Array[0, 40].Sample(content =>
        {
            try
            {
                Assert.Equal("ConfigMap", (string?)ProtobufReader.Parse(Envelope("v1", "ConfigMap", content))["kind"]);
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
