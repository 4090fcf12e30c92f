namespace Trireme.ApiServer.Storage;

/// <summary>Bytes of the database after its last commit.</summary>
/// <param name="Database">The file, without the log beside it.</param>
/// <param name="Free">What of it holds nothing and is there for every write.</param>
/// <param name="Reserved">What of it holds nothing and is kept for a full disk.</param>
/// <param name="History">What of it holds changes, roughly.</param>
internal sealed record StoreSizes(long Database, long Free, long Reserved, long History);
