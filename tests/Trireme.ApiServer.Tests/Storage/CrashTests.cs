using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Security;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>A server in a process of its own is killed without warning, again and again, under load.</summary>
public sealed class CrashTests
{
    private const int Kills = 5;
    private const int Writers = 4;

    [Fact]
    public async Task No_acknowledged_write_is_lost_when_the_process_is_killed()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var acknowledged = new ConcurrentBag<Acknowledged>();
        var random = new Random(20_261_123);
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process server = Start(folder.Path);
            string address = await server.StandardOutput.ReadLineAsync(cancellation)
                ?? throw new InvalidOperationException("The server did not start.");
            using HttpClient client = Client(folder, address);
            string round = $"r{kill}";
            int until = acknowledged.Count + random.Next(10, 60);
            IEnumerable<Task> writers = Enumerable.Range(0, Writers)
                .Select(writer => WriteUntilDeadAsync(client, $"{round}-w{writer}", acknowledged));
            Task[] writing = [.. writers];
            await Eventually.True(
                "acknowledged writes", TimeSpan.FromSeconds(20), () => Task.FromResult(acknowledged.Count >= until), cancellation);
            server.Kill();
            await server.WaitForExitAsync(cancellation);
            await Task.WhenAll(writing);
        }

        AssertAllThere(folder.File("objects.db"), acknowledged);
    }

    private static void AssertAllThere(string database, ConcurrentBag<Acknowledged> acknowledged)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using SqliteCommand check = connection.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());

        using SqliteCommand read = connection.CreateCommand();
        read.CommandText = "SELECT name, revision FROM objects WHERE resource = 'configmaps'";
        var found = new Dictionary<string, long>();
        using (SqliteDataReader reader = read.ExecuteReader())
        {
            while (reader.Read()) found[reader.GetString(0)] = reader.GetInt64(1);
        }

        Assert.True(acknowledged.Count > Kills * 10);
        Assert.All(acknowledged, write => Assert.Equal(write.Revision, found[write.Name]));
        // No revision was given twice, also not to a write that was lost before it was acknowledged.
        Assert.Equal(found.Count, found.Values.Distinct().Count());
    }

    private static async Task WriteUntilDeadAsync(HttpClient client, string prefix, ConcurrentBag<Acknowledged> acknowledged)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                string name = $"{prefix}-{i}";
                using var content = new StringContent($$$"""{"metadata":{"name":"{{{name}}}"}}""", Encoding.UTF8, "application/json");
                using HttpResponseMessage response = await client.PostAsync("/api/v1/namespaces/default/configmaps", content);
                string text = await response.Content.ReadAsStringAsync();
                Assert.True((int)response.StatusCode == 201, text);
                string revision = (string)JsonNode.Parse(text)!["metadata"]!["resourceVersion"]!;
                acknowledged.Add(new Acknowledged(name, long.Parse(revision, CultureInfo.InvariantCulture)));
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // The server is dead; whatever was in flight was not acknowledged.
        }
    }

    private static Process Start(string folder)
    {
        string program = Environment.ProcessPath!;
        return Process.Start(new ProcessStartInfo(program, [Program.ServeCommand, folder, "0"]) { RedirectStandardOutput = true })!;
    }

    private static HttpClient Client(TemporaryFolder folder, string address)
    {
        using ServerCertificate certificate = ServerCertificate.LoadOrCreate(folder.File("pki"), TimeProvider.System);
        X509Certificate2 authority = X509CertificateLoader.LoadCertificate(certificate.Authority.RawData);
        return new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = ServerCertificate.Trust(authority) } })
        {
            BaseAddress = new Uri(address),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(folder.File("token"))) },
        };
    }

    private sealed record Acknowledged(string Name, long Revision);
}
