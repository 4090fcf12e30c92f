namespace Trireme.ApiServer.Patching;

/// <summary>Unwinds one operation of a JSON patch to the loop that words the error; it never leaves <see cref="JsonPatch"/>.</summary>
#pragma warning disable CA1032 // A message is all it carries.
internal sealed class JsonPatchException(string message) : Exception(message);
#pragma warning restore CA1032
