using System.Collections.Concurrent;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Mesh.Security.Keys;

/// <summary>
/// A key ring in memory, from and for the authority's document: Data Protection writes without waiting, and the ring is to be in the same
/// transaction as what it encrypts.
/// </summary>
internal sealed class RingRepository(IEnumerable<string> elements) : IXmlRepository
{
    private readonly ConcurrentQueue<string> _elements = new(elements);

    /// <summary>All elements, also those that came meanwhile.</summary>
    public IReadOnlyList<string> Elements => [.. _elements];

    public IReadOnlyCollection<XElement> GetAllElements() => [.. _elements.Select(element => XElement.Parse(element))];

    public void StoreElement(XElement element, string friendlyName) =>
        _elements.Enqueue(element.ToString(SaveOptions.DisableFormatting));
}
