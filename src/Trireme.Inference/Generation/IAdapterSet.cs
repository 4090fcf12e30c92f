namespace Trireme.Inference.Generation;

/// <summary>The LoRA adapters of a served model. Requests name one; several may share a batch with requests that name none.</summary>
public interface IAdapterSet
{
    /// <summary>Adapters that requests may name, by name.</summary>
    IReadOnlyList<AdapterDescription> List { get; }

    /// <summary>Null for a name that requests may not use.</summary>
    AdapterDescription? Find(string name);

    /// <summary>Reads an adapter while the engine goes on; requests may name it once this completes.</summary>
    /// <param name="name">Name that requests use.</param>
    /// <param name="path">Folder in PEFT's layout.</param>
    /// <param name="replace">Takes the place of an adapter of this name, whose requests end with what they began with.</param>
    /// <param name="cancellationToken">Ends the wait only: an adapter that is being read may still appear.</param>
    Task<AdapterResult> LoadAsync(string name, string path, bool replace, CancellationToken cancellationToken);

    /// <summary>
    /// Refuses further requests for an adapter, lets those it has end, and gives its memory back. Completes when that is done.
    /// </summary>
    /// <param name="name">Name that requests use.</param>
    /// <param name="cancellationToken">Ends the wait only: the adapter goes all the same.</param>
    Task<AdapterResult> UnloadAsync(string name, CancellationToken cancellationToken);
}

/// <summary>What may be known about an adapter.</summary>
/// <param name="Name">Name that requests use.</param>
/// <param name="Path">Folder it was read from.</param>
/// <param name="Rank">The largest rank of a module.</param>
/// <param name="ByteLength">Memory it takes.</param>
/// <param name="LoadedAt">When requests could first name it.</param>
public sealed record AdapterDescription(string Name, string Path, int Rank, long ByteLength, DateTimeOffset LoadedAt);

/// <summary>Why an adapter was not loaded or unloaded.</summary>
public enum AdapterError
{
    /// <summary>The name is empty, too long, or of characters that lists of names cannot hold.</summary>
    InvalidName,

    /// <summary>The model or another adapter has this name.</summary>
    NameTaken,

    /// <summary>No adapter has this name.</summary>
    NotFound,

    /// <summary>There is no adapter at the path.</summary>
    MissingFiles,

    /// <summary>The files are malformed, or of a kind or rank this engine does not run.</summary>
    InvalidFiles,

    /// <summary>There are as many adapters as there may be, or too little of their memory is left.</summary>
    NoRoom,

    /// <summary>The engine sleeps without its weights; wake it first.</summary>
    Asleep,
}

/// <summary>The adapter, or why there is none with a message for the caller.</summary>
public sealed record AdapterResult(AdapterDescription? Adapter, AdapterError? Error, string? Message);
