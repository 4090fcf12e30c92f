using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Metrics;

namespace Trireme.ApiServer.Hosting;

/// <summary>The server's metrics, under kube-apiserver's names where it has them.</summary>
internal sealed class ApiServerMetrics
{
    private readonly Counter _requests;
    private readonly Histogram _seconds;
    private readonly Gauge _watches;
    private readonly Counter _dropped;

    public ApiServerMetrics(ApiServerOptions options, ObjectStore store)
    {
        MetricRegistry registry = options.Metrics;
        _requests = registry.Counter("apiserver_request_total", "Answered requests.", "verb", "resource", "code");
        _seconds = registry.Histogram(
            "apiserver_request_duration_seconds",
            "Time to answer a request; watches are not observed.",
            [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
            "verb",
            "resource");
        _watches = registry.Gauge("apiserver_longrunning_requests", "Open watches.", "resource");
        _dropped = registry.Counter(
            "apiserver_terminated_watchers_total", "Watches ended because their client did not keep up.", "resource");
        registry.Gauge("trireme_apiserver_store_revision", "Last published revision of the store.").With()
            .SetSource(() => store.Changes.Revision);
        registry.Gauge("trireme_apiserver_quarantined_objects", "Stored objects that cannot be read and are not served.").With()
            .SetSource(() => store.Quarantine.Count);
        registry.Gauge("trireme_apiserver_store_writable", "1 if the store takes ordinary writes, by the last of them; otherwise 0.").With()
            .SetSource(() => store.Condition.Trouble == StoreTrouble.None ? 1 : 0);
        Gauge bytes = registry.Gauge("trireme_apiserver_store_bytes", "Size of the database file, and of parts of it.", "part");
        bytes.With("file").SetSource(() => store.Sizes.Database);
        bytes.With("free").SetSource(() => store.Sizes.Free);
        bytes.With("reserved").SetSource(() => store.Sizes.Reserved);
        bytes.With("history").SetSource(() => store.Sizes.History);
    }

    public void Answered(string verb, string resource, int code, TimeSpan elapsed)
    {
        _requests.With(verb, resource, code.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add();
        if (verb != "watch") _seconds.With(verb, resource).Observe(elapsed.TotalSeconds);
    }

    /// <summary>Counts a request that was turned away before its kind was looked up; labels must not come from strangers.</summary>
    public void Refused(int code) => _requests.With("none", "none", code.ToString(System.Globalization.CultureInfo.InvariantCulture)).Add();

    public void WatcherDropped(ServedResource resource) => _dropped.With(resource.MetricName).Add();

    /// <summary>Counts an open watch until the result is disposed.</summary>
    public IDisposable WatchStarted(ServedResource resource) => new OpenWatch(_watches.With(resource.MetricName));

    private sealed class OpenWatch : IDisposable
    {
        private readonly Gauge.Series _open;

        public OpenWatch(Gauge.Series open)
        {
            _open = open;
            _open.Add(1);
        }

        public void Dispose() => _open.Add(-1);
    }
}
