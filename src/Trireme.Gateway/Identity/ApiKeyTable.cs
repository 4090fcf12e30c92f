using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Identity;

/// <summary>The API keys in force, swapped whole.</summary>
public sealed class ApiKeyTable
{
    private volatile ApiKeyDirectory _current = ApiKeyDirectory.Empty;

    public ApiKeyDirectory Current => _current;

    public void Update(ApiKeyDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        _current = directory;
    }
}
