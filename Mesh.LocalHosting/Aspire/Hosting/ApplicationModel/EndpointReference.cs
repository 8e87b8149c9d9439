namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint of a resource by name; its port is known from the application's start on.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName)
{
    public IResourceWithEndpoints Resource => owner;

    public string EndpointName => endpointName;

    public EndpointAnnotation EndpointAnnotation =>
        Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(endpoint => string.Equals(endpoint.Name, EndpointName, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidOperationException($"'{Resource.Name}' has no endpoint '{EndpointName}'.");

    public int Port => EndpointAnnotation.AllocatedPort ?? throw new InvalidOperationException($"Endpoint '{EndpointName}' of '{Resource.Name}' has no port before the start.");

    public string Host => "127.0.0.1";

    public string Scheme => EndpointAnnotation.UriScheme;

    public string Url => $"{Scheme}://{Host}:{Port}";
}
