using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Projections;

/// <summary>events.k8s.io/v1 Event: the events of the core group under the names that newer clients know.</summary>
internal sealed class EventForm : IProjectedKind
{
    private static readonly Dictionary<string, string> ToEvents = EventNames.Core.To(EventNames.Events);

    private static readonly Dictionary<string, string> ToCore = EventNames.Events.To(EventNames.Core);

    public ResourceDefinition Definition { get; } = ResourceDefinition.Of<RegardingEvent>("events") with { ShortNames = ["ev"] };

    public string Source => "events";

    public IReadOnlyList<TableColumn> Columns { get; } = EventColumns.Of(EventNames.Events);

    public IReadOnlyList<string> Fields { get; } =
    [
        "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion", "regarding.resourceVersion",
        "regarding.fieldPath", "reason", "reportingController", "type",
    ];

    public IReadOnlyList<string> Categories => [];

    public IReadOnlyList<Subresource> Subresources => [];

    public string? InsteadOfWriting => null;

    /// <summary>What happened does not change; only how it goes on.</summary>
    public IReadOnlyList<string> ImmutableFields { get; } =
    [
        "regarding", "related", "reason", "note", "type", "action", "eventTime", "reportingController", "reportingInstance",
        "deprecatedSource", "deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount",
    ];

    public JsonObject? Project(JsonObject source) => Rename(source, ToEvents, RegardingEvent.TypeApiVersion);

    public JsonObject ToSource(JsonObject projected)
    {
        JsonObject source = Rename(projected, ToCore, Event.TypeApiVersion);
        // The core group always says what an event is about, if only that it is about nothing.
        source["involvedObject"] ??= new JsonObject();
        return source;
    }

    private static JsonObject Rename(JsonObject document, Dictionary<string, string> names, string apiVersion)
    {
        var renamed = new JsonObject();
        foreach ((string name, JsonNode? value) in document)
        {
            renamed[names.GetValueOrDefault(name, name)] = name == "apiVersion" ? apiVersion : value?.DeepClone();
        }

        return renamed;
    }
}
