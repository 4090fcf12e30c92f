using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;

namespace Trireme.Hosting;

/// <summary>The web applications of the platform: alike in logging and lifetime, apart in listeners and services.</summary>
internal static class PartApplication
{
    public static WebApplicationBuilder CreateBuilder(BoundListener listener, PlatformLog log, TimeSpan shutdownTimeout)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // The list of static files is found by this name, whichever program starts the part.
            ApplicationName = typeof(PartApplication).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        log.Use(builder.Logging);
        listener.ServeOn(builder.WebHost);
        // The platform decides when it stops and in which order; a signal must not stop every part at once.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = shutdownTimeout);
        return builder;
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
