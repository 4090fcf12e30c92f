namespace Trireme.ApiServer.Storage;

/// <summary>What all objects of a list have in common, so that the index finds them; whoever asks still looks whether they match.</summary>
/// <param name="Key">A label, or a field as <see cref="IndexEntries.KeyOfField"/> writes it.</param>
/// <param name="Values">Its values; null for any.</param>
internal sealed record IndexHint(string Key, IReadOnlyList<string>? Values);
