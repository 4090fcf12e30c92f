using System.Reflection;
using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Testing;

/// <summary>Copies resources of one kind with other metadata or status; what "with" does where the kind is known by name.</summary>
internal static class ResourceShape<T>
    where T : class, IResource
{
    private static readonly Func<T, T> Clone = typeof(T).GetMethod("<Clone>$")!.CreateDelegate<Func<T, T>>();
    private static readonly PropertyInfo Metadata = typeof(T).GetProperty(nameof(IResource.Metadata))!;
    private static readonly PropertyInfo? Status = typeof(T).GetProperty("Status");
    private static readonly PropertyInfo? Spec = typeof(T).GetProperty("Spec");

    public static bool HasSpec => Spec is not null;

    public static T WithMetadata(T resource, ObjectMeta metadata)
    {
        T copy = Clone(resource);
        Metadata.SetValue(copy, metadata);
        return copy;
    }

    public static T WithStatus(T resource, object? status)
    {
        T copy = Clone(resource);
        Status!.SetValue(copy, status);
        return copy;
    }

    public static object? StatusOf(T resource) => Status?.GetValue(resource);

    public static object? ReadStatus(byte[]? json) =>
        json is null ? null : JsonSerializer.Deserialize(json, Status!.PropertyType, ResourceJson.Options);

    public static byte[]? StatusJson(T resource) => Part(Status, resource);

    public static byte[]? SpecJson(T resource) => Part(Spec, resource);

    public static byte[] Json(T resource) => JsonSerializer.SerializeToUtf8Bytes(resource, ResourceJson.Options);

    public static T Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, ResourceJson.Options)!;

    private static byte[]? Part(PropertyInfo? property, T resource) => property?.GetValue(resource) is { } value
        ? JsonSerializer.SerializeToUtf8Bytes(value, property.PropertyType, ResourceJson.Options)
        : null;
}
