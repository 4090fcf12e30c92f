namespace Trireme.Listening;

/// <summary>Told of the descriptors that a gate's connections take.</summary>
public interface IDescriptorLedger
{
    /// <summary>A connection was let in.</summary>
    void Opened();

    /// <summary>A connection's descriptor was closed.</summary>
    void Closed();
}
