using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Trireme.ApiServer.Benchmarks;

/// <summary>
/// One member of etcd, whose writes are durable by default. It is asked by gRPC, as Kubernetes does: etcdserverpb.KV/Put over HTTP/2
/// without TLS, which spares it what the other server has to do.
/// </summary>
internal sealed class EtcdServer : MeasuredServer
{
    private readonly int _port = FreePort();

    public override string Name => "etcd";

    public static async Task<EtcdServer> StartAsync()
    {
        var server = new EtcdServer();
        string clients = $"http://127.0.0.1:{server._port}";
        string peers = $"http://127.0.0.1:{FreePort()}";
        await server.StartAsync(
            new ProcessStartInfo(
                "etcd",
                [
                    "--data-dir", server.Folder, "--log-level", "error",
                    "--listen-client-urls", clients, "--advertise-client-urls", clients,
                    "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"default={peers}",
                ]),
            server.Answers);
        return server;
    }

    public override HttpClient CreateClient() => new(new SocketsHttpHandler())
    {
        BaseAddress = new Uri($"http://127.0.0.1:{_port}"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public override async Task WriteAsync(HttpClient client, string name, byte[] content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/etcdserverpb.KV/Put")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(PutRequest(Encoding.UTF8.GetBytes("/registry/configmaps/default/" + name), content)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using HttpResponseMessage response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        if (!response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? status) || status.Single() != "0")
        {
            throw new InvalidOperationException($"etcd answered {(int)response.StatusCode}, {response.TrailingHeaders}.");
        }
    }

    /// <summary>A gRPC message of one PutRequest: bytes key = 1, bytes value = 2.</summary>
    private static byte[] PutRequest(byte[] key, byte[] value)
    {
        using var message = new MemoryStream();
        message.Write([0, 0, 0, 0, 0]);
        Field(message, 1, key);
        Field(message, 2, value);
        byte[] bytes = message.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), bytes.Length - 5);
        return bytes;
    }

    private static void Field(MemoryStream to, int number, byte[] bytes)
    {
        to.WriteByte((byte)((number << 3) | 2));
        for (int length = bytes.Length; ; length >>= 7)
        {
            bool isLast = length < 0x80;
            to.WriteByte((byte)(isLast ? length : (length & 0x7F) | 0x80));
            if (isLast) break;
        }

        to.Write(bytes);
    }

    private bool Answers()
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
