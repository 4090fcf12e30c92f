using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>An S3 server of its own process: s3rver, with one bucket.</summary>
internal sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "models";
    public const string KeyId = "S3RVER";
    public const string Secret = "S3RVER";

    private const string Script = """
        const S3rver = require('s3rver');
        const configureBuckets = [{ name: 'models', configs: [] }];
        new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: process.argv[2], configureBuckets })
          .run().then(address => console.log(address.port));
        process.stdin.on('end', () => process.exit(0)).resume();
        """;

    private readonly TemporaryFolder _folder;
    private readonly Process _process;

    private S3Server(TemporaryFolder folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        Client = new AmazonS3Client(
            new BasicAWSCredentials(KeyId, Secret),
            new AmazonS3Config { ServiceURL = Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
    }

    public string Endpoint { get; }

    public AmazonS3Client Client { get; }

    public static async Task<S3Server> StartAsync()
    {
        var folder = new TemporaryFolder();
        string script = folder.File("server.cjs");
        await File.WriteAllTextAsync(script, Script);
        var start = new ProcessStartInfo("node", [script, folder.File("data")])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Repository.PathOf("artifacts", "npm", "node_modules");
        start.Environment["NODE_NO_WARNINGS"] = "1";
        Process process = Process.Start(start)!;
        string? port = await process.StandardOutput.ReadLineAsync();
        return port is not null
            ? new S3Server(folder, process, int.Parse(port, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
    }

    public async Task PutAsync(string key, byte[] content)
    {
        using var body = new MemoryStream(content);
        await Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket,
            Key = key,
            InputStream = body,
            UseChunkEncoding = false,
            DisableDefaultChecksumValidation = true,
        });
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
        _folder.Dispose();
    }
}
