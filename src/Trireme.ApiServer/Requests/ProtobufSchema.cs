using System.Collections.Frozen;

namespace Trireme.ApiServer.Requests;

/// <summary>How a protobuf field becomes a JSON member.</summary>
internal enum ProtobufKind
{
    Text,
    Number,
    Switch,

    /// <summary>A nested message.</summary>
    Message,

    /// <summary>Seconds and nanoseconds, written as a time with whole seconds.</summary>
    Time,

    /// <summary>The same with microseconds.</summary>
    MicroTime,

    /// <summary>A map from text to text.</summary>
    TextMap,

    /// <summary>A map from text to bytes, which JSON holds in base64.</summary>
    BytesMap,

    /// <summary>An amount, which travels as its text.</summary>
    Quantity,

    /// <summary>A map from text to amounts.</summary>
    QuantityMap,

    /// <summary>A number or a text.</summary>
    IntOrText,

    /// <summary>Not taken over.</summary>
    Skipped,
}

/// <summary>One field: its number in the message, its JSON name, and the message it holds if it holds one.</summary>
internal sealed record ProtobufField(int Number, string Name, ProtobufKind Kind, bool Repeated = false, ProtobufMessage? Message = null)
{
    /// <summary>
    /// Whether an empty text or message, a zero or a no is one that was sent. Go's encoder writes others for what is not there.
    /// </summary>
    public bool KeepsEmpty { get; init; }

    /// <summary>Whether the members of the message are its holder's.</summary>
    public bool IsInline => Name.Length == 0;
}

internal sealed class ProtobufMessage(params ProtobufField[] fields)
{
    private readonly FrozenDictionary<int, ProtobufField> _fields = fields.ToFrozenDictionary(field => field.Number);

    public ProtobufField? Find(int number) => _fields.GetValueOrDefault(number);
}

/// <summary>
/// The messages of the Kubernetes kinds that are served, which kubectl and other typed clients send in protobuf.
/// Numbers are those of k8s.io/api and k8s.io/apimachinery.
/// </summary>
internal static class ProtobufSchema
{
    private static readonly ProtobufMessage OwnerReference = new(
        Text(1, "kind"), Text(3, "name"), Text(4, "uid"), Text(5, "apiVersion"), Switch(6, "controller"), Switch(7, "blockOwnerDeletion"));

    public static ProtobufMessage ObjectMeta { get; } = new(
        Text(1, "name"),
        Text(2, "generateName"),
        Text(3, "namespace"),
        Text(4, "selfLink"),
        Text(5, "uid"),
        Text(6, "resourceVersion"),
        Number(7, "generation"),
        new(8, "creationTimestamp", ProtobufKind.Time),
        new(9, "deletionTimestamp", ProtobufKind.Time),
        Number(10, "deletionGracePeriodSeconds"),
        new(11, "labels", ProtobufKind.TextMap),
        new(12, "annotations", ProtobufKind.TextMap),
        new(13, "ownerReferences", ProtobufKind.Message, Repeated: true, OwnerReference),
        new(14, "finalizers", ProtobufKind.Text, Repeated: true),
        // Clients only send back what they read; the server keeps its own list.
        new(17, "managedFields", ProtobufKind.Skipped, Repeated: true));

    private static readonly ProtobufMessage ObjectReference = new(
        Text(1, "kind"),
        Text(2, "namespace"),
        Text(3, "name"),
        Text(4, "uid"),
        Text(5, "apiVersion"),
        Text(6, "resourceVersion"),
        Text(7, "fieldPath"));

    private static readonly ProtobufMessage EventSource = new(Text(1, "component"), Text(2, "host"));

    private static readonly ProtobufMessage EventSeries =
        new(Number(1, "count"), new ProtobufField(2, "lastObservedTime", ProtobufKind.MicroTime));

    private static readonly ProtobufMessage ResourceAttributes = new(
        Text(1, "namespace"),
        Text(2, "verb"),
        Text(3, "group"),
        Text(4, "version"),
        Text(5, "resource"),
        Text(6, "subresource"),
        Text(7, "name"));

    private static readonly ProtobufMessage NonResourceAttributes = new(Text(1, "path"), Text(2, "verb"));

    private static readonly ProtobufMessage AccessQuestion = new(
        Nested(1, "resourceAttributes", ResourceAttributes),
        Nested(2, "nonResourceAttributes", NonResourceAttributes),
        Text(3, "user"),
        Texts(4, "groups"),
        Text(6, "uid"));

    private static readonly ProtobufMessage PolicyRule = new(
        Texts(1, "verbs"), Texts(2, "apiGroups"), Texts(3, "resources"), Texts(4, "resourceNames"), Texts(5, "nonResourceURLs"));

    public static ProtobufMessage LabelSelector { get; } = new(
        new ProtobufField(1, "matchLabels", ProtobufKind.TextMap),
        List(2, "matchExpressions", new(Text(1, "key"), Text(2, "operator"), Texts(3, "values"))));

    private static readonly ProtobufMessage Binding = new(
        Metadata(),
        List(2, "subjects", new(Text(1, "kind"), Text(2, "apiGroup"), Text(3, "name"), Text(4, "namespace"))),
        Nested(3, "roleRef", new(Text(1, "apiGroup"), Text(2, "kind"), Text(3, "name"))));

    private static readonly FrozenDictionary<string, ProtobufMessage> Kinds = new Dictionary<string, ProtobufMessage>
    {
        ["v1/ConfigMap"] = new(
            Metadata(), new(2, "data", ProtobufKind.TextMap), new(3, "binaryData", ProtobufKind.BytesMap), Switch(4, "immutable")),
        ["v1/Secret"] = new(
            Metadata(),
            new(2, "data", ProtobufKind.BytesMap),
            Text(3, "type"),
            new(4, "stringData", ProtobufKind.TextMap),
            Switch(5, "immutable")),
        ["v1/Namespace"] = new(
            Metadata(),
            Nested(2, "spec", new(new ProtobufField(1, "finalizers", ProtobufKind.Text, Repeated: true))),
            Nested(3, "status", new(
                Text(1, "phase"),
                new(2, "conditions", ProtobufKind.Message, Repeated: true, new(
                    Text(1, "type"),
                    Text(2, "status"),
                    new(4, "lastTransitionTime", ProtobufKind.Time),
                    Text(5, "reason"),
                    Text(6, "message")))))),
        ["v1/Event"] = new(
            Metadata(),
            Nested(2, "involvedObject", ObjectReference),
            Text(3, "reason"),
            Text(4, "message"),
            Nested(5, "source", EventSource),
            new(6, "firstTimestamp", ProtobufKind.Time),
            new(7, "lastTimestamp", ProtobufKind.Time),
            Number(8, "count"),
            Text(9, "type"),
            new(10, "eventTime", ProtobufKind.MicroTime),
            Nested(11, "series", EventSeries),
            Text(12, "action"),
            Nested(13, "related", ObjectReference),
            Text(14, "reportingComponent"),
            Text(15, "reportingInstance")),
        ["events.k8s.io/v1/Event"] = new(
            Metadata(),
            new(2, "eventTime", ProtobufKind.MicroTime),
            Nested(3, "series", EventSeries),
            Text(4, "reportingController"),
            Text(5, "reportingInstance"),
            Text(6, "action"),
            Text(7, "reason"),
            Nested(8, "regarding", ObjectReference),
            Nested(9, "related", ObjectReference),
            Text(10, "note"),
            Text(11, "type"),
            Nested(12, "deprecatedSource", EventSource),
            new(13, "deprecatedFirstTimestamp", ProtobufKind.Time),
            new(14, "deprecatedLastTimestamp", ProtobufKind.Time),
            Number(15, "deprecatedCount")),
        ["coordination.k8s.io/v1/Lease"] = new(
            Metadata(),
            Nested(2, "spec", new(
                Text(1, "holderIdentity"),
                Number(2, "leaseDurationSeconds"),
                new(3, "acquireTime", ProtobufKind.MicroTime),
                new(4, "renewTime", ProtobufKind.MicroTime),
                Number(5, "leaseTransitions"),
                // Those who coordinate an election use these, where the feature is on; here and by default it is not.
                Skipped(6, "strategy"),
                Skipped(7, "preferredHolder")))),
        ["authentication.k8s.io/v1/SelfSubjectReview"] = new(Metadata(), Skipped(2, "status")),
        ["authentication.k8s.io/v1/TokenReview"] = new(
            Metadata(),
            Nested(2, "spec", new(Text(1, "token"), new(2, "audiences", ProtobufKind.Text, Repeated: true))),
            Skipped(3, "status")),
        ["authorization.k8s.io/v1/SelfSubjectAccessReview"] = new(
            Metadata(),
            Nested(2, "spec", new(
                Nested(1, "resourceAttributes", ResourceAttributes), Nested(2, "nonResourceAttributes", NonResourceAttributes))),
            Skipped(3, "status")),
        ["authorization.k8s.io/v1/SubjectAccessReview"] = new(
            Metadata(),
            Nested(2, "spec", AccessQuestion),
            Skipped(3, "status")),
        ["authorization.k8s.io/v1/LocalSubjectAccessReview"] = new(
            Metadata(), Nested(2, "spec", AccessQuestion), Skipped(3, "status")),
        ["authorization.k8s.io/v1/SelfSubjectRulesReview"] = new(
            Metadata(), Nested(2, "spec", new(Text(1, "namespace"))), Skipped(3, "status")),
        ["authentication.k8s.io/v1/TokenRequest"] = new(
            Metadata(),
            Nested(2, "spec", new(
                Texts(1, "audiences"),
                Nested(3, "boundObjectRef", new(Text(1, "kind"), Text(2, "apiVersion"), Text(3, "name"), Text(4, "uid"))),
                Number(4, "expirationSeconds"))),
            Skipped(3, "status")),
        ["v1/ServiceAccount"] = new(
            Metadata(),
            List(2, "secrets", ObjectReference),
            List(3, "imagePullSecrets", new(Text(1, "name"))),
            Switch(4, "automountServiceAccountToken")),
        ["rbac.authorization.k8s.io/v1/Role"] = new(Metadata(), List(2, "rules", PolicyRule)),
        ["rbac.authorization.k8s.io/v1/ClusterRole"] = new(
            Metadata(),
            List(2, "rules", PolicyRule),
            Nested(3, "aggregationRule", new(List(1, "clusterRoleSelectors", LabelSelector)))),
        ["rbac.authorization.k8s.io/v1/RoleBinding"] = Binding,
        ["rbac.authorization.k8s.io/v1/ClusterRoleBinding"] = Binding,
    }.ToFrozenDictionary();

    /// <summary>The envelope all objects travel in: the type, and the object as bytes of its own message.</summary>
    public static ProtobufMessage TypeMeta { get; } = new(Text(1, "apiVersion"), Text(2, "kind"));

    public static ProtobufMessage? Find(string apiVersion, string kind) =>
        Kinds.GetValueOrDefault($"{apiVersion}/{kind}") ?? ProtobufTable.Find(apiVersion, kind);

    private static ProtobufField Metadata() => Nested(1, "metadata", ObjectMeta);

    private static ProtobufField Nested(int number, string name, ProtobufMessage message) =>
        new(number, name, ProtobufKind.Message, Message: message);

    /// <summary>A field that only the server fills.</summary>
    private static ProtobufField Skipped(int number, string name) => new(number, name, ProtobufKind.Skipped);

    private static ProtobufField Text(int number, string name) => new(number, name, ProtobufKind.Text);

    private static ProtobufField Texts(int number, string name) => new(number, name, ProtobufKind.Text, Repeated: true);

    private static ProtobufField List(int number, string name, ProtobufMessage message) =>
        new(number, name, ProtobufKind.Message, Repeated: true, message);

    private static ProtobufField Number(int number, string name) => new(number, name, ProtobufKind.Number);

    private static ProtobufField Switch(int number, string name) => new(number, name, ProtobufKind.Switch) { KeepsEmpty = true };
}
