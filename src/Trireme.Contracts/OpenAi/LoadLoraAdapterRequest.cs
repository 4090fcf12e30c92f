namespace Trireme.Contracts.OpenAi;

/// <summary>Body of vLLM's POST /v1/load_lora_adapter.</summary>
public sealed record LoadLoraAdapterRequest
{
    /// <summary>Name that requests give as their model.</summary>
    public string? LoraName { get; init; }

    /// <summary>Folder on the server's machine.</summary>
    public string? LoraPath { get; init; }

    /// <summary>Takes the place of an adapter of this name.</summary>
    public bool? LoadInplace { get; init; }
}

/// <summary>Body of vLLM's POST /v1/unload_lora_adapter.</summary>
public sealed record UnloadLoraAdapterRequest
{
    public string? LoraName { get; init; }
}
