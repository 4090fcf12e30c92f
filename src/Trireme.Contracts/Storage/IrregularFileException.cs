namespace Trireme.Contracts.Storage;

/// <summary>A pipe, a device, a socket or a folder stands where a file is wanted. Waiting or trying again mends nothing.</summary>
public sealed class IrregularFileException(string message) : IOException(message);
