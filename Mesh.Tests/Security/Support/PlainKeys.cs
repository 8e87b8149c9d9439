using Mesh.Security.Authority;

namespace Mesh.Tests.Security.Support;

/// <summary>Keys of a test's authority, as they are.</summary>
internal sealed class PlainKeys : ICaKeys
{
    public byte[] Protect(string id, CaKey key) => key.Export();

    public CaKey Open(CaEntry entry) => CaKey.Import(entry.Key!);
}
