using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Identity;

/// <summary>The API keys in force, swapped whole. Until the host has told them once, none is known to be good or bad.</summary>
public sealed class ApiKeyTable
{
    private volatile ApiKeyDirectory? _current;

    /// <summary>Null until the host has told them.</summary>
    public ApiKeyDirectory? Current => _current;

    public void Update(ApiKeyDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        _current = directory;
    }
}
