using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Trireme.Testing;

namespace Trireme.Tests.Hosting.Usage;

/// <summary>A real PostgreSQL server on a folder of its own, where one is installed. It refuses to be root.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("trireme-postgres").FullName;
    private readonly int _port = FreePort();
    private Process? _process;

    public string Settings =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Database=postgres;Username=trireme");

    public static async Task<PostgresServer> StartAsync()
    {
        if (!CommandResult.Exists("initdb") || !CommandResult.Exists("postgres")) Assert.Skip("PostgreSQL is not installed here");
        var server = new PostgresServer();
        if (Environment.IsPrivilegedProcess) await CommandResult.RunAsync("chown", ["nobody", server._folder]);
        (string program, string[] arguments) = AsNobody("initdb", "-D", server._folder, "-U", "trireme", "--auth=trust", "--no-sync");
        CommandResult made = await CommandResult.RunAsync(program, arguments);
        Assert.True(made.ExitCode == 0, made.Error);
        await server.RunAsync();
        return server;
    }

    public async Task RunAsync()
    {
        string port = _port.ToString(CultureInfo.InvariantCulture);
        (string program, string[] arguments) = AsNobody(
            "postgres", "-D", _folder, "-k", _folder, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, WorkingDirectory = "/" };
        _process = Process.Start(start)!;
        _process.BeginErrorReadLine();
        await Eventually.True("that PostgreSQL answers", Soon, async () =>
        {
            await using var connection = new NpgsqlConnection(Settings + ";Pooling=false;Timeout=2");
            try
            {
                await connection.OpenAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
    }

    /// <summary>Ends it at once, as a machine does that fails.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process) return;
        await CommandResult.RunAsync("kill", ["-QUIT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    public async Task RunSqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Settings + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Tests say what they need.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static (string Program, string[] Arguments) AsNobody(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", program, .. arguments])
            : (program, arguments);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
