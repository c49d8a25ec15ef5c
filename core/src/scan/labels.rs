//! The labels themselves, for [`super::lexicon`].

use super::sense::Sense;

/// Labels by what they announce: lower case, one blank between words, separated by commas or lines.
pub(super) const LABELS: &[(Sense, &str)] = &[
    // What "record no" announces, and "record number" does not.
    (
        Sense::Nothing,
        "record number,sample number,subject number,person number,security number,verification number
        post number,hist number,ira number",
    ),
    (
        Sense::Ssn,
        "last four of ssn,numero de seguro social,patient ssn,s s n,seguro social,social,soc sec
        soc security number,social insurance security,social is,social sec,social security
        social security card,socialsecurity,socialsecurityno,socialsecuritynumber,socsec,ss,ssid number,ssn
        ssns,ssnum,ssnnum,ssn tin,ssn itin,ptssn,emp ssn,member ssn,spouse ssn,taxpayer ssn,borrower ssn
        sosec,num seguro social",
    ),
    (
        Sense::Itin,
        "i t i n,individual tax id,individual taxpayer id,itin,tax itin,itinno,indiv taxpayer id,indiv tax id
        individual taxpayer no,irs itin,individual tax number",
    ),
    (
        Sense::Ein,
        "e i n,ein,employer id,employer number,employer tax id,federal ein
        federal employer identification number,federal tax number,fein,einno,einnum,fed ein,fed tax id
        fed tax no,fed id,employer ein,business ein,company ein,federal id no,federal employer id
        federal employer no,employer tax no,emp id fed,irs no,irs ein,irs employer id
        employeridentificationnumber",
    ),
    (
        Sense::TaxId,
        "federal tax id,tax id,tax payer id,taxid,taxpayer id,tin,tax no,tax payer no,taxpayer no,taxpayerid
        tax ref",
    ),
    (
        Sense::Passport,
        "numero de pasaporte,numero de passeport,pasaporte,passaporto,passeport,passport,passport book
        passport card number,passportnumber,pp no,reisepass,reisepassnummer,travel document,passporte
        pasaport,passaporte,numero do passaporte,numero passaporto,no passeport,num passeport,ppt,passnummer
        psprt,passport doc",
    ),
    (
        Sense::License,
        "carnet de conducir,cdl number,certificate number,cpa license,d l,dl nbr,dl no,dln,driver lic
        driver s lic,driverlicense,driverlicensenumber,drivers lic,driverslicense,driving licence
        driving permit,drv lic,fuhrerschein,fuhrerscheinnummer,learner permit,lic no,licencia de conducir
        license id,licensenumber,medical license,numero de licencia,nurse license,nursing license,oln
        operator license,operator s license,operators license,permis de conduire,permiso de conducir
        physician license,professional license,real id,rn license,state id,state license number
        teaching license,lic nbr,licno,licnum,dl id,dlno,dlnum,dl state no,driver id,dr lic,cnh
        carteira de motorista,numero da cnh,permis,numero de permis,patente,patente di guida,numero patente
        fuhrerscheinnr,rijbewijs,rijbewijsnummer,licencia,md license,state bar no,state bar number,bar no
        bar id,bar card number,pilot license,pilot certificate,contractor license,cosmetology license
        real estate license,teacher certificate,notary commission,pharmacist license,dental license,cpa no
        ccw permit",
    ),
    (
        Sense::LicenseWeak,
        "cdl,dl,licence,license",
    ),
    (
        Sense::Email,
        "correo,correo electronico,e mail address,email,email addr,email id,emailaddress,gmail,mail,mail id
        emailaddr,correo e,mailadresse,courriel",
    ),
    (
        Sense::Phone,
        "alt phone,alternate phone,callback,cell,cell phone,cellnumber,cellphone,cellulare,contact no
        contact phone,daytime phone,direct line,emergency contact number,emergency phone,evening phone,fax
        faxnumber,gsm,guardian phone,handy,handynummer,home phone,homephone,landline,mob,mobile,mobilenumber
        mobilephone,movil,office phone,pager,patient phone,ph,phn,phone,phone contact,phone home,phone work
        phonenumber,portable,rufnummer,signal number,sms,tel,telefon,telefonnr,telefonnummer,telefono
        telephone,telephonenumber,tty,viber,whatsapp,work phone,workphone,phoneno,phonenum,telno,telnum
        mobiltelefon,handynr,festnetz,telefone,celular,wk ph,hm ph,day phone,eve phone,call back no,faxno
        telefax,next of kin phone,nok phone,cel,msisdn",
    ),
    (
        Sense::PhoneWeak,
        "best number,call,call back at,call back on,call her at,call her on,call me back at,called from
        calling from,contact,contact at,contact me at,contact me on,dial,give me a call at,give me a call on
        my cell is,my mobile is,my number,my phone is,number for,number is,number to reach,phone her on
        phone me at,phoned,reach her at,reach me on,reachable at,reachable on,reached at,ring,ring her on
        text,text her at,text me on,texted from",
    ),
    (
        Sense::Cvv,
        "card code,card security code,card security number,card verification code,card verification number
        card verification value,cid,code on back,code on the back,csc,cvc,cvn,cvv,digits on the back
        number on the back,security code,security number on the back,securitycode,three digit code
        verification code on the card,verification value,codigo de seguridad,codigo de seguranca
        code de securite,cryptogramme,cryptogramme visuel,prufziffer,kartenprufnummer,kartenprufziffer
        codice di sicurezza,codigo cvv,sec code,card cvv,cvv2,cvc2,3 digit code,security no,verification no
        cv2",
    ),
    (
        Sense::Iban,
        "iban,iban account,international bank account number,ibanno,iban del beneficiario,iban du beneficiaire",
    ),
    (
        Sense::Account,
        "a c no,acc no,account ending,account holder number,account nbr,account num ber,account number ending
        account numbers,accountno,accountnumber,acct,acctno,acctnum,annuity number,bank acc,bankaccount
        bankaccountnumber,brokerage account,checking,checking account,conta,credit account
        credit card account,cuenta,dda,deposit account,direct deposit account,escrow account
        financial account,investment account,ira account,konto nr,kontonr,kontonummer,loan account,loan no
        mortgage account,numero conto,numero de compte,numero de cuenta,patient account,retirement account
        routing and account,savings,savings account,trust account,conta corrente,conta poupanca
        numero da conta,cuenta corriente,cuenta de ahorros,cuenta bancaria,numero de la cuenta,girokonto
        compte courant,compte bancaire,no compte,num compte,kontonum,conto corrente,dep acct,chk acct
        chkg acct,sav acct,bank a c,bnk acct,acctnbr,account no ending,payee account,beneficiary account
        debit account,dda acct,payout account,refund account,brokerage no,roth ira,ira no,401k account
        hsa account,mortgage no,card account number,custodial account,dd account,kto,account nr iban",
    ),
    (
        Sense::AccountWeak,
        "a c,account",
    ),
    (
        Sense::Routing,
        "aba,ach routing,direct deposit routing,fedwire routing,routing,routing num ber,routingnumber,rtn
        transit no,transit routing number,wire routing number,rtng,rtg,rout no,rt no,transit routing,wire aba",
    ),
    (
        Sense::SortCode,
        "bsb,sort code,sortcode,s code,sc no",
    ),
    (
        Sense::Wallet,
        "ada address,bitcoin,bitcoin wallet,btc,cardano address,crypto,crypto account,deposit address,dogecoin
        eth,ethereum,ledger address,litecoin,ltc,monero,payout address,solana,wallet,wallet addr,xlm address
        xmr,bnb address,metamask address,metamask wallet,receiving address,withdrawal address,cold wallet
        hot wallet,wallet adresse,direccion de wallet,direccion bitcoin,adresse bitcoin,bitcoin adresse
        carteira bitcoin",
    ),
    (
        Sense::Mrn,
        "cartella clinica,chart,clinic number,dossier patient,ehr id,empi,emr id,emrn,fin nbr
        health record number,historia clinica,hn,hosp no,hospital id,hospital record number,m r n,med rec
        med record,medical id,medical rec no,medical record,medical records number,medicalrecordno
        medicalrecordnumber,mr no,mrn,mrno,mrns,mrnumber,numero de dossier,patient account no,patient chart
        patient code,patient file,patient id,patient index number,patient mrn,patient no,patient num
        patient record,patient ref,patient uid,patienten id,patienten nr,patientennummer,patientid
        patientnumber,record no,umrn,ur number,urn,medrecno,medrecnum,mr nbr,mrnum,patid,pat nbr,ptid,chartno
        emr no,ehr no,hosp mrn,unit record,hist no,hist clinica,nhc,numero historia,num historia,no dossier
        fallnummer,krankenakte,prontuario,numero do prontuario,cartella,numero cartella,ipp,ird patient
        case notes no,health record no,medicalrecord",
    ),
    (
        Sense::Plan,
        "aetna member id,bcbs id,bcbs member id,beneficiary id,beneficiary number,cardholder id,champva id
        cin number,coverage id,coverage number,dod benefits number,enrollee id,group id,group no
        health card number,health ins id,health insurance number,health plan,healthcare id,hicn,ins id
        ins policy,insurance card,insurance member id,insurance member number,insurance no,insurance plan id
        insuranceid,insured id,krankenversichertennummer,medi cal id,medi cal number,medicaid
        medical insurance number,member,member identification,memberid,membership id,membership number
        numero de afiliado,numero de poliza,payer id,plan beneficiary number,plan id,plan member id,policy
        policy holder id,policyid,policynumber,rx bin,rx group,rxbin,rxgrp,subscriber,subscriberid,tricare id
        versichertennummer,mbr no,mbr num,mbr nbr,subscr id,subscr no,pol no,pol nbr,policynum,policyno
        plan no,ins mbr no,insurance mbr,insurance subscriber,hp id,hpid,hmo id,ppo id,payer member id
        payor id,payor member id,enrollee no,medicaid recipient id,cardholder no,rx member id,rx mbr,rx id
        rxid,pcn no,grp nbr,groupno,dental member id,dental id,vision member id,vsp id,versicherten nr
        versichertennr,krankenkasse nr,kvnr,numero mutuelle,numero adherent,numero d adherent,numero de socio
        numero do beneficiario,carteirinha,tessera sanitaria,cobra id,blue cross id,kaiser id,kaiser mrn
        humana id,cigna id,uhc id,uhc member id",
    ),
    (
        Sense::Mbi,
        "hic no,mbi,medicare,medicare bene id,medicare beneficiary number,medicare card,medicare claim number
        mcare id,mcare no,mcr id,mcr no,medicare hic",
    ),
    (
        Sense::Npi,
        "billing npi,individual npi,n p i,national provider id,national provider number,npi,npinumber
        provider npi,rendering npi,npino,npinum,attending npi,referring npi,ordering npi,group npi
        facility npi,pharmacy npi,rend npi,ref npi,bill npi,national prov id",
    ),
    (
        Sense::Dea,
        "d e a,dea,dea lic,dea reg,dea registrant,deanumber,deano,deanum,dea cert,dea certificate
        prescriber dea",
    ),
    (
        Sense::Admin,
        "accession,accessionnumber,admission id,auth code,auth no,birth certificate,case id,case mgmt number
        claim,claim control no,claim ref,claim reference,claimnumber,clinical trial id,contact serial number
        csn,death certificate,encounter,encounterid,episode number,explanation of benefits number
        financial number,icn,lab accession,lab id,lab number,lab order,order accession,pathology number
        pre auth,pre certification number,preauth,preauthorization number,precert,prescription,prior auth
        referral,rx,sample id,specimen,study id,study subject,subject id,trial subject,visit account number
        visit id,visit no,enc id,enc no,enc num,enc nbr,encntr id,har,adm no,visit nbr,clm id,clm no,clmno
        claimid,claimno,auth id,auth nbr,authno,priorauth,priorauthnumber,accn,accessionno,spec id,sample no
        sample nbr,sample barcode,requisition,rxnumber,rxno,script no,subject no,participant id
        randomization number,screening number,eob no,eob id",
    ),
    (
        Sense::Dob,
        "b date,b day,bdate,bday,birth,birth date,birth date time,birth day,birthdate,birthdate is,birthday
        birthdt,born on,d o b,data de nascimento,data di nascita,date of birth,date ofbirth,dateof birth
        dateofbirth,dateofbith,day of birth,dob,dobs,fecha de nacimiento,fecha nac,geb,geb am,geboortedatum
        geboren,geboren am,geburtsdatum,nacida el,nacido el,nacimiento,naissance,nascimento,nata il,nato il
        ne le,nee le,patient dob,data nasc,data nascita,dt nasc,fec nac,fech nac,f nac,ddn,ne e le,geburtstag
        geb dat,gebdat,geburtsdat,geboortedat,birth dat,ptdob,mbr dob,dobdt,dob dt,dt birth,birthdat,dateofb
        spouse dob,child dob,subscriber dob,insured dob,dobirth,brth dt,brthdt,birth d,dte of birth",
    ),
    (
        Sense::Born,
        "born,dob is,was born",
    ),
    (
        Sense::Care,
        "adm date,admissiondate,admitted,admitted from,admitted on,admitted to hospital on,appointment date
        appointment on,aufnahmedatum,collection date,consult date,d c date,d c on,date collected
        date d admission,date deceased,date of accident,date of admission,date of appointment
        date of birth of child,date of collection,date of consult,date of d c,date of death,date of delivery
        date of diagnosis,date of discharge,date of encounter,date of exam,date of hospitalization
        date of implant,date of injury,date of onset,date of operation,date of procedure,date of service
        date of surgery,date of transfer,date of treatment,date of vaccination,date of visit,dateofdeath
        dateofservice,dates of service,datum der aufnahme,dc date,death date,deceased date,deceased on
        delivery date,diagnosed on,diagnosis date,died on,disch date,discharge date,discharged,discharged on
        dischargedate,dod,dos,edd,encounter date,entlassungsdatum,exam date,fecha de alta,fecha de ingreso
        follow up date,hospitalized on,immunization date,implant date,injury date,last seen,last visit,lmp
        onset date,op date,operation date,passed away on,procedure date,procedure on,procedure performed on
        seen on,service date,service dates,service from,servicedate,specimen collected
        specimen collection date,surgery date,surgery on,surgery scheduled for,transfer date,transplant date
        treatment date,vaccination date,visit date,svc thru,svc to,serv date,srv dt,dos from,dos thru,dos to
        from dos,admdt,dsch dt,dischg dt,dis date,deathdt,dod dt,surg date,onset of symptoms,dx date
        diag date,admission day,discharge day,hospital admission,admitted since,immunized on,vaccinated on
        vax date,vaccine date,imm date,last menstrual period,datum entlassung,entlassen am,aufgenommen am
        aufnahme am,op datum,operationsdatum,todesdatum,gestorben am,sterbedatum,date d hospitalisation
        date de deces,date de sortie,date d entree,date d intervention,date d operation,decede le
        hospitalise le,fecha de defuncion,fecha de fallecimiento,fecha de consulta,fecha de cirugia
        fecha cirugia,fecha de cita,fecha ingreso,fecha alta,ingreso el,alta el,data de internacao
        data de alta,data da alta,data do obito,data da consulta,data di ricovero,data ricovero
        data dimissione,data di dimissione,data decesso,datum opname,implanted on,date implanted
        date of passing",
    ),
    (
        Sense::Age,
        "age,age at death,age in years,age y,age years,age yrs,aged,ageyears,alter,current age,edad
        patient age,age at visit,age at dx,age at diagnosis,age at admission,age at encounter
        edad del paciente,idade,eta,leeftijd,patientenalter,alter jahre,age du patient,member age,age now
        ageinyears,ageatdeath,ageatvisit,client age,insured age",
    ),
    (
        Sense::Name,
        "account holder,account holder name,account name,account owner,accountholder,affiant,apellido
        applicant name,attending,attending physician,attention,attn,beneficiary name,bill to,billing name
        borrower name,buyer,cardholder,cardholder name,caregiver,caregiver name,case manager,child name
        claimant name,client name,co applicant,co borrower,cognome,contact name,contact person,customer name
        debtor name,decedent name,defendant name,dictated by,display name,displayname,doctor is,doctor name
        donor name,emergency contact,emergency contact name,employee name,executor,family name,family value
        father name,father s name,first name,firstname,full name,fullname,given name,given value,grantee
        grantor,guarantor,guarantor name,guardian,guardian name,holder name,i am called,insured,insured name
        known as,landlord,last name,lastname,legal guardian,legal name,lessee,lessor,maiden name,member name
        middle name,minor name,mother name,mother s name,nachname,name des patienten,name is,name of client
        name of insured,name of minor,name of patient,name of the client,name of the minor
        name of the patient,name on account,name on card,name on ticket,passenger name,traveler name
        traveller name,guest name,next of kin,next of kin name,nom complet,nom de famille,nom du patient
        nombre,nombre completo,nombre del paciente,nombre paciente,notary,ordering physician,parent guardian
        parent name,patient is,patient name,patient s name,patientenname,patientname,patients name,payee name
        pcp,physician,physician name,plaintiff name,policy holder,policyholder,policyholder name,prenom
        primary care physician,primary insured,provider,recipient name,referred by,referring physician
        reporting party,resident name,responsible party,seen by,seller,ship to,signed by,spouse,spouse is
        spouse name,student name,subject name,subscriber name,surgeon,surname,surname and name,taxpayer name
        teacher name,tenant name,trustee,trustee name,victim name,vorname,witness name,lname,fname,lastnm
        firstnm,l name,f name,forename,fore name,given names,givenname,familyname,middlename,proprietor
        owner name,homeowner name,emergency contact person,benef name,creditor name,apellidos,nome completo
        nome do paciente,nome del paziente,nombre y apellidos,nom et prenom,nom prenom,name vorname
        vor und nachname,kontoinhaber,karteninhaber,versicherter,versicherungsnehmer,titulaire
        titulaire du compte,titular de la cuenta,titular da conta,intestatario,beneficiaire,debiteur
        beneficiario,begunstigter,me llamo,mi nombre es,mein name ist,ich heisse,je m appelle,mon nom est
        meu nome e,mi chiamo,il mio nome e,caller name,child s name,son s name,daughter s name,wife s name
        husband s name,spouse s name,preferred name,birth name,geburtsname,attending md,referring md
        prescriber,prescribing physician,surgeon name,nurse name,driver name,holder s name,cardholder s name
        name on the card,name on policy,name on passport,account holder s name,sender name,payer name
        beneficial owner,signatory,signatory name,resp party,deponent name,petitioner name,respondent name
        grantor name,grantee name",
    ),
    (
        Sense::NameWeak,
        "name,names,nm,nom,nome,caller,fn,this is,i m,im,spoke with,spoke to,speaking with,speak to,re
        regarding,behalf of,sincerely,regards,thanks,cheers,signed,from,to,cc,c o,hi,hello,dear,met with,wife
        husband,naam,titular,nominee,sender,recipient,signer,guest,driver,passenger,student,parent,mother
        father,son,daughter,brother,sister",
    ),
    (
        Sense::NamePart,
        "family,given,fore,sur,pt last,pt first,mbr last,mbr first,emp last,emp first",
    ),
    (
        Sense::Role,
        "taxpayer,pax,applicant,beneficiary,borrower,claimant,client,co defendant,customer,debtor,decedent
        defendant,deponent,employee,i am,minor,patient,petitioner,plaintiff,pt,resident,respondent,tenant
        testator,veteran,victim,witness",
    ),
    (
        Sense::Title,
        "senora,senor,signora,signore,senhora,senhor,monsieur,madame,capt,doctor,dr,frau,herr,hon,judge,miss
        mme,mr,mrs,ms,mx,nurse,prof,professor,rev,reverend,sgt,sr,sra",
    ),
    (
        Sense::Address,
        "addr,address,address line,address of,addressline,adres,adresse,anschrift,direccion,domicilio,endereco
        home add,home is,homeaddress,house at,indirizzo,live at,live on,lived at,lived on,lives at,lives on
        living at,living on,located at,located on,mail to,mailing addr,moved to,my address is,reside at
        residence,residential addr,resides at,resides in,resides on,residing at,residing in,street
        streetaddress,wohnhaft,wohnhaft in,adr,addrline,addressline1,addr1,address1,addr 1,domicile
        domicilio fiscal,residenza,residente in,residente en,morada,habite,habite au,demeurant
        adresse postale,adresse de facturation,rechnungsadresse,lieferadresse,wohnadresse,wohnt in,wohnt
        wohne in,postanschrift,strasse und hausnummer,strasse,straat,woonadres,adres zamieszkania
        direccion de envio,direccion de facturacion,logradouro,subject property,my house is at,deliver to
        pick her up at",
    ),
    (
        Sense::Zip,
        "cap code,code postal,codigo postal,plz,post code,postal code,postalcode,postcode,postleitzahl,zip
        zip plus four,zip postal,zipcode,zip cd,zip4,zip 4,postcd,cod postal,post nr,pin code,pincode",
    ),
    (
        Sense::Vin,
        "chassis,fahrgestellnummer,fin nummer,frame number,numero de chasis,v i n,vehicle id,vin,vinnumber
        vinno,fgstnr,fahrgestell nr,telaio,chassi,bastidor,vehicle serial number",
    ),
    (
        Sense::Plate,
        "car plate,car plates,car reg,car tag,immatriculation,kennzeichen,lic plate,license plates,license tag
        licenseplate,matricula,number plate,nummernschild,plaque,plaque d immatriculation,plate,plates
        reg number,reg plate,registered plate,rego,tag no,targa,vehicle license plate,vehicle plate
        vehicle plates,vehicle reg,vehicle tag,vrm,vrn,plateno,platenum,lpn,tag nbr,reg mark,kfz kennzeichen
        kfz kz,amtliches kennzeichen,placa,placas,placa do carro,numero de placa,numero placa,immat
        numero d immatriculation,targa auto,numero targa,kenteken,nummerplade",
    ),
    (
        Sense::Device,
        "ad id,advertising id,android id,cgm serial,cpap serial,defibrillator serial,device id,device imei
        device number,device serial,device sn,device uid,device uuid,deviceid,esn,gaid,generator serial
        glucometer serial,hardware id,hearing aid serial,iccid,idfa,imei,imeisv,implant id,implant serial
        implant sn,imsi,insulin pump serial,lead serial,lot number,mac id number,meid,pacemaker
        pacemaker serial,pump serial,pump sn,s n,serial,serialno,serialnumber,sn,udi,udid
        unique device identifier,ventilator serial,watch serial,seriennummer,seriennr,serien nr
        numero de serie,num serie,no serie,numero di serie,num de serie,serienummer,ser no,ser nbr,serno
        sernum,device ser,meter serial,meter sn,monitor serial,monitor sn,cgm sn,cgm transmitter
        transmitter id,transmitter sn,transmitter serial,sensor serial,sensor sn,cpap sn,vent sn
        ventilator sn,icd serial,icd sn,implant ser no,implant lot,generator sn,hearing aid sn
        wheelchair serial,prosthesis serial,udi di,udi pi,lot no implant,aaid,gps id,gps adid,vendor id idfv
        idfv,adid,maid,phone imei,handset imei,watch sn,pump ser no,pump id,insulin pump sn",
    ),
    (
        Sense::Ip,
        "cf connecting ip,client addr,client ip,clientaddr,clientip,connecting ip,device ip,dst ip
        forwarded for,host ip,ip,ip addr,ip addresses,ipaddress,last login ip,logged in from,login from
        login ip,patient ip,peer addr,remote addr,remote host,remote ip,source ip,src,srcip,true client ip
        user ip,x forwarded for,x real ip,ipaddr,user ip addr,visitor ip,caller ip,customer ip
        patient ip addr,member ip,origin ip,signup ip,sign up ip,registration ip,adresse ip,direccion ip
        ip adresse,indirizzo ip,endereco ip,last ip,lastip,remoteip,sourceip,userip",
    ),
    (
        Sense::Mac,
        "bd addr,bluetooth address,bssid,bt addr,ether,ethernet address,hardware address,hw addr,hwaddr,lladdr
        mac,mac addr,macaddress,wifi address,macaddr,hwaddress,ble address,mac adresse",
    ),
    (
        Sense::Nhs,
        "national health service number,nhs,nhs identifier,nhsnumber,nhsno,nhsnum,nhs pt no,n h s no",
    ),
    (
        Sense::Nino,
        "national insurance,nationalinsurancenumber,ni,nino,n i no,nationalinsuranceno,nationalinsurance
        natinsno",
    ),
    (
        Sense::National,
        "a number,aadhaar,aadhaar card,aadhar,aadhar card,abn,ahv,ausweisnummer,badge number,bsn
        burgerservicenummer,carta d identita,carte d identite,cedula,chi no,cif,citizen id,clave unica,cnpj
        codice fiscale,cpf,cuil,cuit,curp,dni,docket id,documento de identidad,emirates id,employee id
        employee no,fodselsnummer,gov id,government id,green card,health card,health number,henkilotunnus
        hkid,id nr,identifikationsnummer,idnr,ihi,insee,iqama,ird no,medicare card no,military id
        my number card,national id,national id card,national identity number,nationalid,nhi,nie,nif
        nino de identidad,nir,nric,nss,numero de identidad,numero de identificacion,numero de securite social
        numero de securite sociale,numero fiscal,numero ss,ohip,pan card,permanent account number
        permanent resident card,personal id,personal number,personalausweis,personalausweisnummer
        personnummer,pesel,pps no,ppsn,resident registration number,rfc,rrn,rut,sa id,securite sociale,sin
        social insurance no,social insurance number,sosialnummer,sozialversicherungsnummer,steuer id
        steuer idnr,steueridentifikationsnummer,steuernummer,student id,svnr,tckn,tfn,uidai,uin,voter id
        nric fin,fin no,numero de dni,nro dni,numero do cpf,doc identidad,nro documento,num documento
        numero de documento,cedula de ciudadania,clave curp,rfc con homoclave,pan no,ration card no
        burgerservicenr,personnr,person nr,cpr,fnr,fodselsnr,hetu,ahvnr,avs,codice fisc,cod fiscale,cod fisc
        carta identita,secu,numero de securite,sozialversicherungsnr,sv nr,sv nummer,svnummer
        rentenversicherungsnummer,rvnr,steuer nr,steuernr,steuerid,perso nr,ausweis nr,ausweisnr
        medicare australia,tax file,ramq,hk id,chinese id,identity card no,identity no,id doc no
        identification card,citizen no,resident id,teudat zehut,mynumber,my number no,jumin,tc kimlik
        kimlik no,national no,alien no,alien registration,uscis,i 94,visa no,student no,inmate no,prisoner no
        military no,dod id,edipi,emp nbr,empid,empno,employeeid,staff id,staff no,payroll no",
    ),
    (
        Sense::Other,
        "account ids,allowed account,account id,activation key,article,asin,aws account,batch,bill,booking,bug
        build,bytes,case number,catalog,chapter,checksum,claim that,claim to,commit,confirmation,coupon,cve
        docket,doi,ean,epoch,error,extension,figure,flight,guid,hash,id,invoice,isbn,issn,issue,item
        license key,line,lines,lot,model,nct,order,page,part,patent,pid number,pmid,po number,population,port
        pr,process,product,product key,promo code,purchase order,receipt,ref,reference,release,request id
        rfc number,room,score,section,serial port,session id,size,sku,status,statute,test case,ticket
        timestamp,trace id,tracking,transaction,upc,uuid,version,zip file,cluster ip,pod ip,service ip
        node ip,private ip,internal ip,load balancer ip,gateway ip,subnet,cidr",
    ),
];
