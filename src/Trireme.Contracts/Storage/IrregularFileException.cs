namespace Trireme.Contracts.Storage;

/// <summary>
/// A pipe, a device, a socket or a folder stands where a file is wanted, a file where a folder is, links that lead in a circle, or a file
/// that is far too large to be the one that is wanted. Waiting or trying again mends nothing.
/// </summary>
public sealed class IrregularFileException(string message) : IOException(message);
