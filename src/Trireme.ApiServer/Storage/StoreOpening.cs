namespace Trireme.ApiServer.Storage;

/// <summary>What opening a store found and did.</summary>
/// <param name="Migration">What was done to a database of an older layout; null where there was nothing to do.</param>
/// <param name="Quarantine">The objects that cannot be served.</param>
/// <param name="HistoryLost">True if the changes of before could not be read and were dropped.</param>
/// <param name="IsIndexed">False if there was no room for the index by labels, so that lists look at all objects of their kind.</param>
internal sealed record StoreOpening(MigrationReport? Migration, Quarantine Quarantine, bool HistoryLost, bool IsIndexed);
