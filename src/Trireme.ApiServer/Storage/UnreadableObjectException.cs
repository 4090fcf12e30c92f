namespace Trireme.ApiServer.Storage;

/// <summary>An object was asked for that is in quarantine.</summary>
#pragma warning disable CA1032 // It always says which object.
internal sealed class UnreadableObjectException(QuarantinedObject found)
    : IOException($"the stored object {found} cannot be read: {found.Reason}")
#pragma warning restore CA1032
{
    public QuarantinedObject Found { get; } = found;
}
