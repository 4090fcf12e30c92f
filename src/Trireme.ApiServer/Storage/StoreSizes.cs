namespace Trireme.ApiServer.Storage;

/// <summary>Bytes of the database after its last commit.</summary>
/// <param name="Database">The file, without the log beside it.</param>
/// <param name="Free">What of it holds nothing.</param>
/// <param name="History">What of it holds changes, roughly.</param>
internal sealed record StoreSizes(long Database, long Free, long History);
