using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;

namespace Trireme.Hosting;

/// <summary>The web applications of the platform: alike in logging and limits, apart in ports and services.</summary>
internal static class Listener
{
    public static WebApplicationBuilder CreateBuilder(PlatformOptions options, TimeSpan shutdownTimeout)
    {
        WebApplicationBuilder builder =
            WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        ConfigureLogging(builder.Logging, options);
        // The platform decides when it stops and in which order; a signal must not stop every part at once.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = shutdownTimeout);
        return builder;
    }

    public static void ConfigureLogging(ILoggingBuilder logging, PlatformOptions options)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(options.LogLevel);
        logging.AddFilter("Microsoft", options.LogLevel < LogLevel.Warning ? LogLevel.Warning : options.LogLevel);
        // The keys lie in the owner's private data folder; encrypting them there would need a key beside them.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    public static void Listen(WebApplicationBuilder builder, string host, int port, Action<ListenOptions>? configure = null) =>
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(Address(host), port, listen => configure?.Invoke(listen));
        });

    /// <summary>Starts the application and returns its port.</summary>
    /// <exception cref="CommandException">The port is taken.</exception>
    public static async Task<int> StartAsync(WebApplication app, string option, int port, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw PortTaken(option, port, exception);
        }

        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new Uri(address).Port;
    }

    public static CommandException PortTaken(string option, int port, IOException exception) =>
        new($"port {port} cannot be listened on: {exception.Message}; choose another with {option}", ExitCode.Failure, exception);

    private static IPAddress Address(string host) =>
        IPAddress.TryParse(host, out IPAddress? address) ? address
        : host == "localhost" ? IPAddress.Loopback
        : throw new CommandException($"--host: \"{host}\" is not an IP address", ExitCode.Usage);

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
