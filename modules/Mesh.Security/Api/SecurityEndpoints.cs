using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Security.Operations;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Security.Api;

/// <summary>Security's REST interface (Flow step 1), under <c>/api/security</c> and <c>/api/v1/security</c>.</summary>
internal sealed class SecurityEndpoints(AuthorityOperations authority, CredentialOperations credentials)
{
    /// <summary>What the operations of people require, over REST and over gRPC.</summary>
    public static OperationPermissions Permissions { get; } = OperationPermissions.Of("security");

    /// <summary>What workloads require to be given certificates; what they show besides decides about whose.</summary>
    public static OperationPermissions Signing { get; } = OperationPermissions.Single("security.sign");

    public void Map(IEndpointRouteBuilder endpoints)
    {
        var rest = new RestRoutes(endpoints, "/security", Permissions);
        MapAuthority(rest);
        MapTokens(rest);
        MapRevocations(rest);
    }

    private void MapAuthority(RestRoutes rest)
    {
        rest.Get("/ca", SecurityRest.Query((context, query, faults) =>
        {
            query.End();
            return authority.StatusAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.AuthorityStatusAnswer), AuthorityDocs.Status);
        rest.Get("/ca/bundle", SecurityRest.Query((context, query, faults) =>
        {
            query.End();
            return authority.BundleAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.TrustBundleAnswer), AuthorityDocs.Bundle);
        rest.Post("/ca/rotate", SecurityRest.Body(
            (context, fields, caller, faults) => authority.RotateAsync(fields, caller.IdempotencyKey, faults, context.RequestAborted),
            SecurityJson.Readable.AuthorityChangeAnswer), AuthorityDocs.Rotate);
        rest.Post("/ca/import", SecurityRest.Body(
            (context, fields, caller, faults) => authority.ImportAsync(fields, caller.IdempotencyKey, faults, context.RequestAborted),
            SecurityJson.Readable.AuthorityChangeAnswer), AuthorityDocs.Import);
        rest.Get("/certificates", SecurityRest.Query((context, query, faults) =>
        {
            var (service, space) = (query.Text("service"), query.Text("namespace"));
            var limit = query.Number("limit", 1, CredentialOperations.MostItems);
            query.End();
            return credentials.ListCertificatesAsync(service, space, limit, faults, context.RequestAborted);
        }, SecurityJson.Readable.CertificateListAnswer), CredentialDocs.Certificates);
    }

    private void MapTokens(RestRoutes rest)
    {
        rest.Post("/join-tokens", SecurityRest.Body(
            (context, fields, caller, faults) => credentials.CreateTokenAsync(fields, caller.Actor, faults, context.RequestAborted),
            SecurityJson.Readable.JoinTokenCreatedAnswer), CredentialDocs.CreateToken);
        rest.Get("/join-tokens", SecurityRest.Query((context, query, faults) =>
        {
            query.End();
            return credentials.ListTokensAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.JoinTokenListAnswer), CredentialDocs.Tokens);
        rest.Delete("/join-tokens/{id}", SecurityRest.Query((context, query, faults) =>
        {
            query.End();
            return credentials.RevokeTokenAsync((string?)context.Request.RouteValues["id"] ?? "", faults, context.RequestAborted);
        }, SecurityJson.Readable.SecurityChangeAnswer), CredentialDocs.RevokeToken);
    }

    private void MapRevocations(RestRoutes rest)
    {
        rest.Post("/revocations", SecurityRest.Body(
            (context, fields, caller, faults) => credentials.AddRevocationAsync(fields, caller.Actor, faults, context.RequestAborted),
            SecurityJson.Readable.SecurityChangeAnswer), CredentialDocs.AddRevocation);
        rest.Get("/revocations", SecurityRest.Query((context, query, faults) =>
        {
            query.End();
            return credentials.ListRevocationsAsync(faults, context.RequestAborted);
        }, SecurityJson.Readable.RevocationListAnswer), CredentialDocs.Revocations);
        rest.Delete("/revocations", SecurityRest.Query((context, query, faults) =>
        {
            var (serial, service, space) = (query.Text("serial"), query.Text("service"), query.Text("namespace"));
            query.End();
            return credentials.RemoveRevocationAsync(serial, service, space, faults, context.RequestAborted);
        }, SecurityJson.Readable.SecurityChangeAnswer), CredentialDocs.RemoveRevocation);
    }
}
